// The repository's jest over the sources alone: one run of it for each change, so nothing is crawled that no spec of a room asks for.
import config from '../../jest.config.mjs';

const root = new URL('../..', import.meta.url).pathname;

export default { ...config, rootDir: root, roots: [`${root}libs`, `${root}test/ports`], maxWorkers: 1, reporters: [], watchman: false };

// Finds the suites of a promise or of a tier by reading them: nobody keeps a list.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './jest.mjs';

const FOLDERS = ['apps', 'libs', 'test', 'extensions'];
const LEFT_OUT = /(^|\/)(node_modules|dist|fixtures|bench)\//;

/** Suites that judge time: heartbeats, limits on processor and memory. A busy neighbour would be judged too, so they run one at a time, after the others. */
export const TIMED = ['test/security/sandbox/', 'test/e2e/supervision/', 'libs/platform/src/leases/'];

/** At their larger sizes these judge time as well. */
export const TIMED_AT_LENGTH = [
  ...TIMED,
  'test/durability/(database-kill|exhaustion|workflow-kill)',
  'test/e2e/graphql/(limits|rates|sockets)',
  'test/ports/event-store/global-order',
];

/** Spec files whose text the pattern finds something in. */
export function suitesWith(pattern) {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .map((name) => join(folder, name))
      .filter((path) => path.endsWith('.spec.ts') && !LEFT_OUT.test(path) && pattern.test(readFileSync(join(root, path), 'utf8'))),
  ).sort();
}

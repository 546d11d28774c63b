import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Rejection } from '@kari/kernel';
import { withBundler } from './bundler-service.js';
import { bundleFolder, readPackageFolder, sourceHashOf } from './package-folder.js';

const manifest = {
  id: 'acme.small',
  name: 'Small',
  version: '1.0.0',
  description: 'As small as an extension can be.',
  license: 'MIT',
  category: 'utilities',
  platform: '*',
  entry: 'src/index.ts',
};
const source =
  "import { extension } from '@kari/sdk';\nimport { word } from './word.js';\nexport const start = extension({ onActivate: ({ log }) => log.info(word) });\n";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kari-package-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function folder(name: string, files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name, path)), { recursive: true });
    await writeFile(join(root, name, path), content);
  }
  return join(root, name);
}

const small = (more: Readonly<Record<string, string | Buffer>> = {}, change: object = {}) => ({
  'extension.json': JSON.stringify({ ...manifest, ...change }),
  'src/index.ts': source,
  'src/word.ts': "export const word: string = 'hello';\n",
  ...more,
});

async function refusal(work: Promise<unknown>): Promise<Pick<Rejection, 'code' | 'facts'>> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason as Rejection,
  );
  return { code: error?.code ?? 'accepted', facts: error?.facts ?? {} };
}

const bundlersRunning = () =>
  execFileSync('ps', ['-eo', 'ppid=,args='])
    .toString()
    .split('\n')
    .filter((line) => line.trim().startsWith(`${process.pid} `) && line.includes('esbuild')).length;

describe('bundleFolder', () => {
  it('the same folder gives the same bytes, wherever it lies and whatever stands above it', async () => {
    const first = await bundleFolder(await folder('a', small()));
    const second = await bundleFolder(await folder('deep/er/b', small()));
    await writeFile(join(root, 'tsconfig.json'), '{ "compilerOptions": { "target": "es5", "useDefineForClassFields": false } }');
    const third = await bundleFolder(join(root, 'a'));
    expect([second.bundle.hash, third.bundle.hash]).toEqual([first.bundle.hash, first.bundle.hash]);
    expect(Buffer.from(second.bundle.bytes).equals(Buffer.from(first.bundle.bytes))).toBe(true);
  });

  it('the hash is that of the bytes that would run', async () => {
    const { bundle } = await bundleFolder(await folder('a', small()));
    expect(bundle.hash).toBe(createHash('sha256').update(bundle.bytes).digest('hex'));
  });

  it('one changed letter is another bundle', async () => {
    const first = await bundleFolder(await folder('a', small()));
    const second = await bundleFolder(await folder('b', small({ 'src/word.ts': "export const word: string = 'hallo';\n" })));
    expect(second.bundle.hash).not.toBe(first.bundle.hash);
  });

  it('maps stacks to the sources, without their text and without paths of this machine', async () => {
    const text = Buffer.from((await bundleFolder(await folder('a', small()))).bundle.bytes).toString();
    const map = JSON.parse(Buffer.from(text.split('base64,')[1]!, 'base64').toString()) as { sources: string[]; sourcesContent?: unknown };
    expect(map.sources).toEqual(expect.arrayContaining(['src/index.ts', 'src/word.ts', '@kari/sdk/src/define.ts']));
    expect(map.sourcesContent ?? null).toBeNull();
    expect(`${text.split('//# source')[0]}${map.sources.join()}`).not.toMatch(/\.\.\/|\/home|\/root|\/tmp|node_modules\/@kari/);
  });

  it('leaves no service running, also after a failure', async () => {
    // Other suites share this process, with bundlers of their own.
    const before = bundlersRunning();
    await withBundler(async () => {
      await bundleFolder(await folder('a', small()));
      await refusal(bundleFolder(await folder('b', small({ 'src/word.ts': 'export const word = ;' }))));
    });
    // Its end is asked for, and the system takes a moment to grant it.
    for (let looks = 0; looks < 200 && bundlersRunning() > before; looks++) await new Promise((resolve) => setTimeout(resolve, 25));
    expect(bundlersRunning()).toBeLessThanOrEqual(before);
  });

  it.each<[string, Readonly<Record<string, string>>, string, RegExp]>([
    ['a syntax error', { 'src/word.ts': 'export const word = ;\n' }, 'PACKAGE_BUNDLE_FAILED', /src\/word\.ts:1:21/],
    [
      'a missing module',
      { 'src/index.ts': "import x from 'nowhere';\nexport const start = x;\n" },
      'PACKAGE_BUNDLE_FAILED',
      /src\/index\.ts:1:\d+: Could not resolve "nowhere"/,
    ],
    [
      'a powerful built-in',
      { 'src/index.ts': "import { readFileSync } from 'node:fs';\nexport const start = readFileSync;\n" },
      'PACKAGE_BUNDLE_FAILED',
      /node:fs/,
    ],
    ['no start', { 'src/index.ts': 'export const begin = 1;\n' }, 'PACKAGE_BUNDLE_FAILED', /does not export "start"/],
  ])('%s is told with its place', async (_name, files, code, reason) => {
    const told = await refusal(bundleFolder(await folder('a', small(files))));
    expect(told).toMatchObject({ code, facts: { reason: expect.stringMatching(reason) } });
  });

  it('built-ins without power stay imports', async () => {
    const files = small({
      'src/word.ts':
        "import { EventEmitter } from 'events';\nimport { Buffer } from 'node:buffer';\nexport const word = String(new EventEmitter()) + Buffer.from('a');\n",
    });
    const text = Buffer.from((await bundleFolder(await folder('a', files))).bundle.bytes).toString();
    expect(text).toContain('from "node:events"');
    expect(text).toContain('from "node:buffer"');
  });

  it('an import that leaves the package is refused', async () => {
    await folder('other', { 'secret.ts': "export const word = 'theirs';\n" });
    const told = await refusal(
      bundleFolder(await folder('a', small({ 'src/word.ts': "export { word } from '../../other/secret.js';\n" }))),
    );
    expect(told).toMatchObject({ code: 'PACKAGE_FILE_REFUSED', facts: { reason: 'an import leaves the package' } });
  });

  it('two MiB is the limit in class S, and M takes more', async () => {
    const large = { 'src/word.ts': `export const word = '${'x'.repeat(2 * 1024 * 1024)}';\n` };
    expect(await refusal(bundleFolder(await folder('a', small(large))))).toMatchObject({
      code: 'PACKAGE_TOO_LARGE',
      facts: { limit: 2 * 1024 * 1024 },
    });
    const resources = { class: 'M', reason: 'The spec wants a large bundle.' };
    await expect(bundleFolder(await folder('b', small(large, { resources })))).resolves.toMatchObject({ kind: 'source' });
  });
});

describe('P-06 readPackageFolder', () => {
  it('a carried bundle is taken as it is: nothing is compiled', async () => {
    const code = 'this is not JavaScript, and nobody asks';
    const read = await readPackageFolder(await folder('a', { 'extension.json': JSON.stringify(manifest), 'bundle.mjs': code }));
    expect(read).toMatchObject({ kind: 'bundle', bundle: { hash: createHash('sha256').update(code).digest('hex') } });
  });

  it('hashes every asset and document that the manifest names', async () => {
    const change = { assets: ['model.bin'], i18n: { default: 'en', locales: { en: 'i18n/en.json' } } };
    const read = await readPackageFolder(
      await folder('a', small({ 'assets/model.bin': Buffer.from([0, 1, 2]), 'i18n/en.json': '{}' }, change)),
    );
    expect(read.assets['model.bin']!.hash).toBe(
      createHash('sha256')
        .update(Buffer.from([0, 1, 2]))
        .digest('hex'),
    );
    expect(Object.keys(read.documents)).toEqual(['i18n/en.json']);
  });

  it('a file that the manifest names and nobody packed is missing', async () => {
    expect(await refusal(readPackageFolder(await folder('a', small({}, { assets: ['model.bin'] }))))).toMatchObject({
      code: 'PACKAGE_FILE_MISSING',
      facts: { path: 'assets/model.bin' },
    });
    expect(await refusal(readPackageFolder(await folder('b', { 'src/index.ts': source })))).toMatchObject({
      code: 'PACKAGE_MANIFEST_MISSING',
    });
  });

  it.each<[string, (at: string) => Promise<void>]>([
    ['a linked file of the source', (at) => rm(join(at, 'src/word.ts')).then(() => symlink('/etc/hostname', join(at, 'src/word.ts')))],
    ['a linked folder', (at) => symlink('/etc', join(at, 'more'))],
    [
      'a linked asset',
      async (at) => {
        await mkdir(join(at, 'assets'));
        await symlink('/etc/hostname', join(at, 'assets/model.bin'));
      },
    ],
    ['a linked assets folder', (at) => symlink('/etc', join(at, 'assets'))],
    ['a linked manifest', (at) => rm(join(at, 'extension.json')).then(() => symlink('/etc/hostname', join(at, 'extension.json')))],
    [
      'a pipe',
      (at) => {
        execFileSync('mkfifo', [join(at, 'pipe')]);
        return Promise.resolve();
      },
    ],
  ])('%s is refused', async (_name, change) => {
    const at = await folder('a', small({}, { assets: ['model.bin'] }));
    await change(at);
    expect(await refusal(readPackageFolder(at))).toMatchObject({ code: 'PACKAGE_FILE_REFUSED' });
  });

  it('a folder that is itself a link is refused', async () => {
    await symlink(await folder('a', small()), join(root, 'link'));
    expect(await refusal(readPackageFolder(join(root, 'link')))).toMatchObject({ code: 'PACKAGE_FILE_REFUSED' });
  });

  it('P-08 hidden text in code and README is listed with its line', async () => {
    const read = await readPackageFolder(
      await folder('a', small({ 'README.md': 'Read\n\nme\u202e!', 'src/word.ts': "export const word = 'a\u200bb';\n" })),
    );
    expect(read.hidden).toEqual([
      { file: 'README.md', line: 3, reason: expect.stringContaining('U+202E') },
      { file: 'src/word.ts', line: 1, reason: expect.stringContaining('U+200B') },
    ]);
    expect(Buffer.from(read.bundle.bytes).toString()).not.toContain('\u200b');
  });
});

describe('sourceHashOf', () => {
  it('changes with any file, a new one too, and with nothing else', async () => {
    const at = await folder('a', small());
    const first = await sourceHashOf(at);
    expect(await sourceHashOf(await folder('b', small()))).toBe(first);
    await mkdir(join(at, 'node_modules'));
    expect(await sourceHashOf(at)).toBe(first);
    await writeFile(join(at, 'assets.txt'), '');
    expect(await sourceHashOf(at)).not.toBe(first);
  });
});

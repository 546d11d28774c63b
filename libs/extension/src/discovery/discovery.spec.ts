import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Unavailable } from '@kari/kernel';
import type { ScanReport } from '../contract.js';
import type { ExtensionSettings } from '../settings.js';
import { manifest } from '../testing/stories.js';
import { World } from '../testing/world.js';

const source = 'export const start = async () => ({ handlers: [], invoke: async () => null });\n';
let root: string;
const open: World[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kari-discovery-'));
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  await rm(root, { recursive: true, force: true });
});

async function world(settings: Partial<ExtensionSettings> = {}): Promise<World> {
  const at = await World.open({ settings: { directories: [{ label: 'extensions', path: root }], ...settings } });
  open.push(at);
  return at;
}

async function put(folder: string, changes: Parameters<typeof manifest>[0] = {}, files: Record<string, string> = {}): Promise<string> {
  const path = join(root, folder);
  const all = { 'extension.json': JSON.stringify(manifest(changes), null, 2), 'src/index.ts': source, ...files };
  for (const [name, text] of Object.entries(all)) {
    await mkdir(join(path, name, '..'), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return path;
}

const scan = (at: World): Promise<ScanReport> => at.discovery.scan();
const errorsOf = (at: World, folder: string) => at.snapshot.rejectedFolders().get(folder)?.errors ?? [];
const bundles = (at: World) =>
  at.snapshot
    .packages()
    .all()
    .map(({ bundleHash }) => bundleHash);

describe('a scan', () => {
  it('registers each package with its bytes in the blob store', async () => {
    await put('acme.notes', {}, { 'assets/words.txt': 'notes' });
    const workflows = { digest: { description: 'a digest', file: 'workflows/digest.yaml' } };
    const files = { 'assets/words.txt': 'more', 'workflows/digest.yaml': 'do: []' };
    await put('acme.more', { id: 'acme.more', assets: ['words.txt'], workflows }, files);
    const at = await world();
    expect(await scan(at)).toMatchObject({ registered: ['acme.more@1.0.0', 'acme.notes@1.0.0'], unchanged: 0, broken: [] });
    const more = at.snapshot.packages().find('acme.more', '1.0.0');
    expect(more).toMatchObject({ trust: 'development', folder: 'extensions/acme.more' });
    for (const hash of [more?.bundleHash, more?.assets['words.txt'], more?.documents?.['workflows/digest.yaml']])
      expect(await at.blobs.has(`sha256-${hash}`)).toBe(true);
    expect((await at.blobs.get(`sha256-${more?.bundleHash}`)).length).toBeGreaterThan(0);
  });

  it('does nothing about what has not changed: no bundling, no command', async () => {
    await put('acme.notes');
    const at = await world();
    await scan(at);
    const head = await at.store.head();
    at.blobs.put = () => Promise.reject(new Error('nothing is to be bundled'));
    expect(await scan(at)).toMatchObject({ registered: [], unchanged: 1, broken: [] });
    const after = await at.restart();
    open.push(after);
    after.blobs.put = at.blobs.put;
    expect(await after.discovery.scan()).toMatchObject({ registered: [], unchanged: 1 });
    expect(await at.store.head()).toBe(head);
    expect(at.audited).toEqual([]);
  });

  it('restores bytes that the blob store has lost', async () => {
    await put('acme.notes');
    const at = await world();
    await scan(at);
    at.blobs.stored.clear();
    await scan(at);
    expect(await at.blobs.has(`sha256-${bundles(at)[0]}`)).toBe(true);
  });

  it('says in the log that a folder under development changed its version, and shows the new bytes', async () => {
    const folder = await put('acme.notes');
    const at = await world();
    await scan(at);
    const [before] = bundles(at);
    await writeFile(join(folder, 'src/index.ts'), source.replace('null', '1'));
    expect(await scan(at)).toMatchObject({ registered: ['acme.notes@1.0.0'] });
    expect(bundles(at)).not.toEqual([before]);
  });

  it('ignores what is no package: files, hidden folders, folders without extension.json', async () => {
    await put('.hidden');
    await mkdir(join(root, 'docs'));
    await writeFile(join(root, 'first-party.json'), '{}');
    expect(await scan(await world())).toMatchObject({ registered: [], unchanged: 0, broken: [] });
  });

  it('asked for twice at once looks twice, one after the other', async () => {
    await put('acme.notes');
    const at = await world();
    const [first, second] = await Promise.all([scan(at), scan(at)]);
    expect([first.registered, second.registered, second.unchanged]).toEqual([['acme.notes@1.0.0'], [], 1]);
  });
});

describe('a broken package', () => {
  it('hurts no other, and is listed with pointer, line, reason and fix', async () => {
    await put('acme.broken', { id: 'acme.broken', version: 'one' });
    await put('acme.notes');
    const at = await world();
    expect(await scan(at)).toMatchObject({ registered: ['acme.notes@1.0.0'], broken: ['extensions/acme.broken'] });
    const [error] = errorsOf(at, 'extensions/acme.broken');
    expect(error).toMatchObject({ file: 'extension.json', pointer: '/version' });
    expect(error?.line).toBeGreaterThan(1);
    expect([error?.reason, error?.fix].every((text) => text !== undefined && text.length > 5)).toBe(true);
  });

  it('is one that does not bundle: file and line of the source', async () => {
    await put('acme.notes', {}, { 'src/index.ts': 'export const start = ;\n' });
    const at = await world();
    await scan(at);
    expect(errorsOf(at, 'extensions/acme.notes')[0]).toMatchObject({ code: 'PACKAGE_BUNDLE_FAILED', file: 'src/index.ts', line: 1 });
  });

  it('is listed once while the same is wrong, and taken off when it is mended or gone', async () => {
    const folder = await put('acme.notes', { version: 'one' });
    await put('acme.gone', { id: 'acme.gone', version: 'one' });
    const at = await world();
    await scan(at);
    const head = await at.store.head();
    await scan(at);
    expect(await at.store.head()).toBe(head);
    await writeFile(join(folder, 'extension.json'), JSON.stringify(manifest()));
    await rm(join(root, 'acme.gone'), { recursive: true });
    expect(await scan(at)).toMatchObject({ registered: ['acme.notes@1.0.0'], broken: [] });
    expect([...at.snapshot.rejectedFolders().keys()]).toEqual([]);
  });

  it('is a folder that is a link, or holds one', async () => {
    const folder = await put('acme.notes');
    await rename(folder, `${root}-elsewhere`);
    await symlink(`${root}-elsewhere`, join(root, 'acme.notes'));
    await put('acme.links', { id: 'acme.links' });
    await symlink('/etc/passwd', join(root, 'acme.links', 'src', 'secret.txt'));
    const at = await world();
    expect(await scan(at)).toMatchObject({ registered: [], broken: ['extensions/acme.links', 'extensions/acme.notes'] });
    expect(errorsOf(at, 'extensions/acme.notes')[0]?.reason).toContain('it is a symbolic link');
    await rm(`${root}-elsewhere`, { recursive: true });
  });

  it('is an extensions folder that cannot be read: one clear line', async () => {
    const at = await world({ directories: [{ label: 'nowhere', path: join(root, 'nowhere') }] });
    expect(await scan(at)).toMatchObject({ broken: ['nowhere'] });
    expect(errorsOf(at, 'nowhere').map(({ reason }) => reason)).toEqual(['nowhere cannot be used as a package: it is not there.']);
  });

  it('is the second of two folders with one version and other content', async () => {
    await put('a', {}, { 'src/index.ts': source });
    await put('b', {}, { 'src/index.ts': source.replace('null', '2') });
    await put('c', { version: '1.1.0' });
    const at = await world();
    expect(await scan(at)).toMatchObject({ registered: ['acme.notes@1.0.0', 'acme.notes@1.1.0'], broken: ['extensions/b'] });
    expect(await scan(at)).toMatchObject({ registered: [], unchanged: 2, broken: ['extensions/b'] });
  });

  it('never shows a path of this machine', async () => {
    await put('acme.notes', {}, { 'src/index.ts': "import './missing.js';\nexport const start = 1;\n" });
    await put('acme.broken', { id: 'acme.broken', version: 'one' });
    const at = await world();
    await scan(at);
    expect(JSON.stringify([...at.snapshot.rejectedFolders()])).not.toContain(root);
  });

  it('is not one that the platform failed to look at', async () => {
    await put('acme.notes');
    const at = await world();
    const put_ = at.blobs.put.bind(at.blobs);
    at.blobs.put = () => Promise.reject(new Unavailable('the disk is full', true));
    expect(await scan(at)).toMatchObject({ registered: [], broken: [] });
    at.blobs.put = put_;
    expect(await scan(at)).toMatchObject({ registered: ['acme.notes@1.0.0'] });
  });
});

describe('on a production platform', () => {
  const production = { developmentFolders: false };

  it('a source folder that the release does not know is not built', async () => {
    await put('acme.notes');
    const at = await world(production);
    expect(await scan(at)).toMatchObject({ registered: [], broken: ['extensions/acme.notes'] });
    expect(at.blobs.stored.size).toBe(0);
    expect(errorsOf(at, 'extensions/acme.notes')[0]).toMatchObject({ code: 'EXTENSION_SOURCE_NOT_ALLOWED' });
  });

  it('is asked anew about a folder that was registered under development, though nothing in it changed', async () => {
    await put('acme.notes');
    const developed = await world();
    await scan(developed);
    const at = await developed.restart(production);
    open.push(at);
    expect(await scan(at)).toMatchObject({ registered: [], unchanged: 0, broken: ['extensions/acme.notes'] });
    expect(errorsOf(at, 'extensions/acme.notes')[0]?.code).toBe('EXTENSION_SOURCE_NOT_ALLOWED');
  });

  it('a package with its bundle is third-party, and what it carries is what runs', async () => {
    await put('acme.notes', {}, { 'bundle.mjs': source });
    const at = await world(production);
    await scan(at);
    const [content] = at.snapshot.packages().all();
    expect(content?.trust).toBe('thirdParty');
    expect(Buffer.from(await at.blobs.get(`sha256-${content?.bundleHash}`)).toString()).toBe(source);
  });

  it('a version that is registered never changes its bytes', async () => {
    const folder = await put('acme.notes', {}, { 'bundle.mjs': source });
    const at = await world(production);
    await scan(at);
    const before = bundles(at);
    await writeFile(join(folder, 'bundle.mjs'), `${source}// more\n`);
    expect(await scan(at)).toMatchObject({ registered: [], broken: ['extensions/acme.notes'] });
    expect(bundles(at)).toEqual(before);
    expect(errorsOf(at, 'extensions/acme.notes')[0]?.code).toBe('EXTENSION_VERSION_TAKEN');
  });
});

it('gives the same bytes for the same folder wherever it lies', async () => {
  await put('acme.notes');
  const at = await world();
  await scan(at);
  const before = bundles(at);
  const moved = await mkdtemp(join(tmpdir(), 'kari-elsewhere-'));
  await rename(join(root, 'acme.notes'), join(moved, 'acme.notes'));
  const after = await at.restart({ directories: [{ label: 'elsewhere', path: moved }] });
  open.push(after);
  expect(await after.discovery.scan()).toMatchObject({ registered: [], unchanged: 1, broken: [] });
  expect(bundles(after)).toEqual(before);
  expect(await readFile(join(moved, 'acme.notes', 'src/index.ts'), 'utf8')).toBe(source);
  await rm(moved, { recursive: true });
});

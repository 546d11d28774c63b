// What every blob store promises, asked of each adapter; then what only files can get wrong.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rejected, Unavailable } from '@kari/kernel';
import { blobIdOf, fileBlobs, memoryBlobs, type Blobs } from '@kari/platform/blob';
import { systemClock } from '@kari/platform/time';

const folder = mkdtempSync(join(tmpdir(), 'kari-blobs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const adapters: Readonly<Record<string, () => Promise<Blobs>>> = {
  memory: () => Promise.resolve(memoryBlobs()),
  files: () => fileBlobs({ folder: join(folder, 'suite'), clock: systemClock }),
};
const bytes = (text: string): Uint8Array => Buffer.from(text);

describe.each(Object.keys(adapters))('blob store: %s', (adapter) => {
  let blobs: Blobs;
  beforeAll(async () => {
    blobs = await (adapters[adapter] as () => Promise<Blobs>)();
  });

  it('names a content by its hash and gives it back', async () => {
    const id = await blobs.put(bytes('hello'));
    expect(id).toBe('sha256-2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824');
    expect(Buffer.from(await blobs.get(id)).toString()).toBe('hello');
    expect(await blobs.has(id)).toBe(true);
  });

  it('takes the same content again, also many times at once, and the empty one', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => blobs.put(bytes('same'))));
    expect(new Set(ids).size).toBe(1);
    expect(await blobs.get(await blobs.put(bytes('')))).toHaveLength(0);
  });

  it('keeps what it was given when the caller reuses the buffer', async () => {
    const content = bytes('original');
    const id = await blobs.put(content);
    content.fill(0);
    (await blobs.get(id)).fill(0);
    expect(Buffer.from(await blobs.get(id)).toString()).toBe('original');
  });

  it('says what it does not have', async () => {
    const id = blobIdOf(bytes('never put'));
    await expect(blobs.get(id)).rejects.toEqual(rejected('EVENT_BLOB_MISSING', { blob: id }));
    expect(await blobs.has(id)).toBe(false);
    await blobs.remove(id);
  });

  it('forgets what is removed', async () => {
    const id = await blobs.put(bytes('to be removed'));
    await blobs.remove(id);
    expect(await blobs.has(id)).toBe(false);
  });

  it.each(['', '..', '../../etc/passwd', 'sha256-', `sha256-${'A'.repeat(64)}`, `sha256-${'a'.repeat(64)}/x`, `md5-${'a'.repeat(64)}`])(
    'knows no content by the name %p',
    async (name) => {
      await expect(blobs.get(name)).rejects.toMatchObject({ code: 'EVENT_BLOB_MISSING' });
      expect(await blobs.has(name)).toBe(false);
      await blobs.remove(name);
    },
  );
});

describe('blob store: files on disk', () => {
  const open = async (name: string): Promise<{ root: string; blobs: Blobs }> => {
    const root = join(folder, name);
    return { root, blobs: await fileBlobs({ folder: root, clock: systemClock }) };
  };
  const fileOf = (root: string, id: string): string => join(root, id.slice(7, 9), id);

  it('are for their owner alone', async () => {
    const { root, blobs } = await open('modes');
    const id = await blobs.put(bytes('private'));
    const mode = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);
    expect([mode(root), mode(join(root, id.slice(7, 9))), mode(fileOf(root, id))]).toEqual(['700', '700', '600']);
  });

  it('(D-04) are never served damaged, and heal when the content is put again', async () => {
    const { root, blobs } = await open('rot');
    const id = await blobs.put(bytes('precious'));
    for (const damage of [
      () => writeFileSync(fileOf(root, id), 'preciouz'),
      () => truncateSync(fileOf(root, id), 3),
      () => truncateSync(fileOf(root, id), 0),
    ]) {
      damage();
      await expect(blobs.get(id)).rejects.toMatchObject({ code: 'EVENT_BLOB_DAMAGED' });
      await blobs.put(bytes('precious'));
      expect(Buffer.from(await blobs.get(id)).toString()).toBe('precious');
    }
  });

  it('are not reached through links', async () => {
    const { root, blobs } = await open('links');
    const outside = join(folder, 'outside');
    writeFileSync(outside, 'outside');
    const id = blobIdOf(bytes('outside'));
    mkdirSync(join(root, id.slice(7, 9)), { recursive: true });
    symlinkSync(outside, fileOf(root, id));
    await expect(blobs.get(id)).rejects.toMatchObject({ code: 'EVENT_BLOB_DAMAGED' });
    expect(await blobs.has(id)).toBe(false);

    const other = blobIdOf(bytes('linked shelf'));
    mkdirSync(join(folder, 'shelf'));
    symlinkSync(join(folder, 'shelf'), join(root, other.slice(7, 9)));
    await expect(blobs.put(bytes('linked shelf'))).rejects.toBeInstanceOf(Unavailable);
    expect(readdirSync(join(folder, 'shelf'))).toEqual([]);
    writeFileSync(join(folder, 'shelf', other), 'linked shelf');
    await expect(blobs.get(other)).rejects.toMatchObject({ code: 'EVENT_BLOB_DAMAGED' });
  });

  it('say so when they cannot be written, and leave nothing half', async () => {
    const { root, blobs } = await open('full');
    rmSync(join(root, 'unfinished'), { recursive: true });
    writeFileSync(join(root, 'unfinished'), 'in the way');
    await expect(blobs.put(bytes('no room'))).rejects.toBeInstanceOf(Unavailable);
    expect(await blobs.has(blobIdOf(bytes('no room')))).toBe(false);
  });

  it('leave no unfinished files behind a process that died', async () => {
    const { root } = await open('leftovers');
    const [old, fresh] = [join(root, 'unfinished', 'old'), join(root, 'unfinished', 'fresh')];
    for (const path of [old, fresh]) writeFileSync(path, 'half');
    utimesSync(old, 0, 0);
    await open('leftovers');
    expect(readdirSync(join(root, 'unfinished'))).toEqual(['fresh']);
  });

  it('tighten a folder that was open to others', async () => {
    const root = join(folder, 'loose');
    mkdirSync(root);
    chmodSync(root, 0o755);
    await open('loose');
    expect(lstatSync(root).mode & 0o777).toBe(0o700);
  });
});

// Finds manifest and code of the extension under test.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundleFolder, demandManifest, readManifest } from '@kari/package';
import type { Start } from '@kari/protocol/broker';
import type { Manifest } from '@kari/protocol/manifest';

/**
 * A folder is bundled as the platform would, and the bundle is loaded: what a release would run. `start` beside it (or beside a manifest)
 * is used as it is: faster, and stacks and coverage point to the source.
 */
export type TestSource =
  string | URL | { readonly folder: string | URL; readonly start: Start } | { readonly manifest: Manifest | string; readonly start: Start };

export interface LoadedSource {
  readonly manifest: Manifest;
  readonly start: Start;
  /** The folder it came from; null where there is none. */
  readonly place: string | null;
  dispose(): Promise<void>;
}

export async function loadSource(source: TestSource): Promise<LoadedSource> {
  if (typeof source === 'string' || source instanceof URL) return fromBundle(pathOf(source));
  const manifest = 'folder' in source ? await readManifest(pathOf(source.folder)) : judged(source.manifest);
  const place = 'folder' in source ? pathOf(source.folder) : null;
  return { manifest, start: source.start, place, dispose: () => Promise.resolve() };
}

async function fromBundle(folder: string): Promise<LoadedSource> {
  const { manifest, bundle } = await bundleFolder(folder);
  const temporary = await mkdtemp(join(tmpdir(), 'kari-test-'));
  const dispose = () => rm(temporary, { recursive: true, force: true });
  try {
    const file = join(temporary, 'bundle.mjs');
    await writeFile(file, bundle.bytes);
    const { start } = (await import(pathToFileURL(file).href)) as { start: Start };
    return { manifest, start, place: folder, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function judged(manifest: Manifest | string): Manifest {
  return demandManifest(typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
}

function pathOf(place: string | URL): string {
  return place instanceof URL ? fileURLToPath(place) : place;
}

// Looks into the extension folders: each sub-folder with an extension.json is read, judged, built where it may be, and put into the blob
// store. What is wrong with one folder is said of that folder and hurts no other.
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Rejection, rejected, Unavailable } from '@kari/kernel';
import { BUNDLE_FILE, MANIFEST_FILE, readManifest, readPackageFolder, sourceHashOf, withBundler, type PackageFile } from '@kari/package';
import type { Blobs } from '@kari/platform/blob';
import { wording } from '@kari/protocol';
import { Slots } from '../installation/slots.js';
import type { PackageContent } from '../package/package.events.js';
import type { PackageCatalogue } from '../snapshot/package-catalogue.js';
import { extensionOf, problemsOf, unreadableFolder } from './problems.rules.js';
import type { PackageProblem } from './folder.events.js';
import { demandBuildable, trustOf, type Platform } from './trust.rules.js';

export interface SearchedDirectory {
  readonly label: string;
  readonly path: string;
}

export type Finding =
  | { readonly kind: 'package'; readonly folder: string; readonly content: PackageContent; readonly source: 'bundle' | 'source' }
  | { readonly kind: 'broken'; readonly folder: string; readonly extension: string | null; readonly errors: PackageProblem[] }
  /** The platform itself could not look (no disk, no bundler): nothing is said of the package. */
  | { readonly kind: 'unjudged'; readonly folder: string; readonly reason: string };

/** Registered content by the hash of its sources. */
type Known = ReadonlyMap<string, PackageContent>;

interface Folder {
  readonly label: string;
  readonly path: string;
}

export interface ScannerParts {
  readonly blobs: Blobs;
  readonly platform: Platform;
  /** Added to every hash of sources: what judges a package, and what its bundle is made from besides its own folder. */
  readonly toolchain: string;
}

const AT_ONCE = 4;

/** Every finding, in the order of folders. `registered`: what needs no reading again when its sources are the same. */
export async function scanDirectories(
  directories: readonly SearchedDirectory[],
  registered: PackageCatalogue,
  parts: ScannerParts,
): Promise<readonly Finding[]> {
  const slots = new Slots(AT_ONCE);
  const never = new AbortController().signal;
  const known = new Map(registered.all().map((content) => [content.sourceHash, content]));
  const found = await Promise.all(directories.map((directory) => foldersOf(directory)));
  const finding = async (folder: Folder | Finding): Promise<Finding> =>
    'kind' in folder ? folder : slots.hold(never, () => judged(folder, known, parts));
  return withBundler(() => Promise.all(found.flat().map(finding)));
}

async function foldersOf(directory: SearchedDirectory): Promise<readonly (Folder | Finding)[]> {
  const entries = await readdir(directory.path, { withFileTypes: true }).catch((error: unknown) =>
    broken(directory.label, unreadable(directory.label, error)),
  );
  if (!Array.isArray(entries)) return [entries];
  const named = entries.filter((entry) => !entry.name.startsWith('.')).sort((one, other) => (one.name < other.name ? -1 : 1));
  const folders = await Promise.all(named.map((entry) => asFolder(directory, entry)));
  return folders.filter((folder) => folder !== null);
}

async function asFolder(directory: SearchedDirectory, entry: Dirent): Promise<Folder | Finding | null> {
  const label = `${directory.label}/${entry.name}`;
  const path = join(directory.path, entry.name);
  if (entry.isSymbolicLink())
    return broken(label, rejected('EXTENSION_FOLDER_REFUSED', { folder: label, reason: 'it is a symbolic link' }));
  if (!entry.isDirectory()) return null;
  try {
    return (await readdir(path)).includes(MANIFEST_FILE) ? { label, path } : null;
  } catch (error) {
    return broken(label, unreadable(label, error));
  }
}

async function judged(folder: Folder, known: Known, parts: ScannerParts): Promise<Finding> {
  try {
    return await read(folder, known, parts);
  } catch (error) {
    if (error instanceof Unavailable) return { kind: 'unjudged', folder: folder.label, reason: error.reason };
    const refusal = error instanceof Rejection ? error : unreadable(folder.label, error);
    const { kind, message } = wording(refusal.code, refusal.facts);
    return kind === 'unavailable' ? { kind: 'unjudged', folder: folder.label, reason: message } : broken(folder.label, refusal);
  }
}

async function read(folder: Folder, known: Known, parts: ScannerParts): Promise<Finding> {
  const source = (await readdir(folder.path)).includes(BUNDLE_FILE) ? 'bundle' : 'source';
  const sourceHash = source === 'bundle' ? null : await hashOf(folder, parts);
  const same = sourceHash === null ? undefined : known.get(sourceHash);
  if (same !== undefined && (await isStored(same, parts.blobs))) {
    // The manifest is among what the hash covers: it was judged when it was registered. Whether it may run is asked anew.
    demandBuildable(folder.label, same.extension, source, parts.platform);
    const trust = trustOf(folder.label, same.extension, source, same.bundleHash, parts.platform);
    return { kind: 'package', folder: folder.label, content: { ...same, trust, folder: folder.label }, source };
  }
  const { id } = await readManifest(folder.path);
  demandBuildable(folder.label, id, source, parts.platform);
  return readAnew(folder, source, sourceHash, parts);
}

/** What carries its bundle is read as it is: that needs no bundler, and costs no more than a hash of it would. Null: reading it says why. */
async function hashOf({ path }: Folder, { toolchain }: ScannerParts): Promise<string | null> {
  return sourceHashOf(path).then(
    (hash) => `${hash}-${toolchain}`,
    () => null,
  );
}

async function readAnew(
  { label, path }: Folder,
  source: 'bundle' | 'source',
  sourceHash: string | null,
  parts: ScannerParts,
): Promise<Finding> {
  const { manifest, bundle, assets, documents } = await readPackageFolder(path);
  const { id: extension, version } = manifest;
  const trust = trustOf(label, extension, source, bundle.hash, parts.platform);
  await store([bundle, ...Object.values(assets), ...Object.values(documents)], parts.blobs);
  const made = {
    bundleHash: bundle.hash,
    assets: hashesOf(assets),
    ...(Object.keys(documents).length === 0 ? {} : { documents: hashesOf(documents) }),
    sourceHash: sourceHash ?? bundle.hash,
  };
  return { kind: 'package', folder: label, content: { extension, version, manifest, trust, folder: label, ...made }, source };
}

function hashesOf(files: Readonly<Record<string, PackageFile>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).map(([name, { hash }]) => [name, hash]));
}

async function isStored({ bundleHash, assets, documents = {} }: PackageContent, blobs: Blobs): Promise<boolean> {
  const present = await Promise.all(
    [bundleHash, ...Object.values(assets), ...Object.values(documents)].map((hash) => blobs.has(`sha256-${hash}`)),
  );
  return present.every(Boolean);
}

async function store(files: readonly PackageFile[], blobs: Blobs): Promise<void> {
  for (const { hash, bytes } of files) if (!(await blobs.has(`sha256-${hash}`))) await blobs.put(bytes);
}

function broken(folder: string, refusal: Rejection): Finding {
  return { kind: 'broken', folder, extension: extensionOf(refusal), errors: problemsOf(refusal) };
}

function unreadable(folder: string, error: unknown): Rejection {
  return unreadableFolder(folder, (error as NodeJS.ErrnoException).code ?? 'unknown');
}

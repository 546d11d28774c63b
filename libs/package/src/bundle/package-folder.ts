// Reads a package as it lies on disk: judged manifest, the code that would run, and every file it names, each with its hash.
import { createHash } from 'node:crypto';
import { rejected, Rejection } from '@kari/kernel';
import { platformVersion, type Manifest } from '@kari/protocol/manifest';
import { demandManifest, type ManifestCheckOptions } from '../manifest/check-manifest.js';
import { hiddenText } from '../manifest/hidden-text.rules.js';
import { manifestLimits } from '../manifest/manifest-text.js';
import { bundleSource, sha256 } from './bundle-folder.js';
import { bundlerVersion } from './bundler-service.js';
import { fileExists, filesBelow, packageLimits, readPackageFile } from './package-files.js';

/** A file that the manifest names. */
export interface PackageFile {
  /** Hex SHA-256 of the bytes. */
  readonly hash: string;
  readonly bytes: Uint8Array;
}

export interface PackageFolder {
  readonly manifest: Manifest;
  /** `bundle`: the package carries `bundle.mjs`, nothing was compiled. `source`: it was bundled here. */
  readonly kind: 'bundle' | 'source';
  readonly bundle: PackageFile;
  /** By name, from `assets/`. */
  readonly assets: Readonly<Record<string, PackageFile>>;
  /** Pages, components, workflows and translations, by path. */
  readonly documents: Readonly<Record<string, PackageFile>>;
  /** Places where text does not look like what it is, in code and prose of the package: for people to look at. */
  readonly hidden: readonly { readonly file: string; readonly line: number; readonly reason: string }[];
}

export const MANIFEST_FILE = 'extension.json';
export const BUNDLE_FILE = 'bundle.mjs';

/** Throws `Rejection`: PACKAGE_MANIFEST_MISSING, PACKAGE_MANIFEST_INVALID (with `problems`), PACKAGE_FILE_*, PACKAGE_TOO_LARGE, PACKAGE_BUNDLE_*. */
export async function readPackageFolder(folder: string, options: ManifestCheckOptions = {}): Promise<PackageFolder> {
  const manifest = await readManifest(folder, options);
  const files = await filesBelow(folder);
  const carried = await fileExists(folder, BUNDLE_FILE);
  const bundle = carried ? await carriedBundle(folder, manifest) : await bundledSource(folder, manifest);
  const assets = await readAll(
    folder,
    (manifest.assets ?? []).map((name) => [name, `assets/${name}`]),
    packageLimits.asset,
  );
  const documents = await readAll(
    folder,
    documentsOf(manifest).map((path) => [path, path]),
    packageLimits.document,
  );
  return { manifest, kind: carried ? 'bundle' : 'source', bundle, assets, documents, hidden: await hiddenIn(folder, files) };
}

/** Only the manifest: what a list of packages needs. */
export async function readManifest(folder: string, options: ManifestCheckOptions = {}): Promise<Manifest> {
  const bytes = await readPackageFile(folder, MANIFEST_FILE, manifestLimits.characters * 4).catch((error: unknown) => {
    throw error instanceof Rejection && error.code === 'PACKAGE_FILE_MISSING' ? rejected('PACKAGE_MANIFEST_MISSING', { folder }) : error;
  });
  return demandManifest(bytes.toString('utf8'), options);
}

/** Source folder → bundle. See `readPackageFolder` for what it throws. */
export async function bundleFolder(folder: string): Promise<PackageFolder> {
  const read = await readPackageFolder(folder);
  if (read.kind === 'source') return read;
  throw rejected('PACKAGE_FILE_REFUSED', { path: BUNDLE_FILE, reason: 'a source folder must not carry a bundle' });
}

/**
 * Hash of everything a bundle is made from: every file of the folder, the bundler, the platform. Equal means that reading the folder again
 * gives the same package. Far cheaper than bundling.
 */
export async function sourceHashOf(folder: string): Promise<string> {
  const hash = createHash('sha256').update(`kari ${platformVersion} bundler ${await bundlerVersion()}\n`);
  for (const path of await filesBelow(folder)) {
    hash
      .update(path)
      .update('\0')
      .update(sha256(await readPackageFile(folder, path, packageLimits.asset)))
      .update('\n');
  }
  return hash.digest('hex');
}

async function carriedBundle(folder: string, manifest: Manifest): Promise<PackageFile> {
  const bytes = await readPackageFile(folder, BUNDLE_FILE, packageLimits.bundle[manifest.resources?.class ?? 'S']);
  return { bytes, hash: sha256(bytes) };
}

async function bundledSource(folder: string, manifest: Manifest): Promise<PackageFile> {
  const { code, hash } = await bundleSource(folder, manifest);
  return { bytes: code, hash };
}

async function readAll(folder: string, named: readonly (readonly [string, string])[], limit: number): Promise<Record<string, PackageFile>> {
  const read: [string, PackageFile][] = [];
  for (const [name, path] of [...named].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const bytes = await readPackageFile(folder, path, limit);
    read.push([name, { bytes, hash: sha256(bytes) }]);
  }
  return Object.fromEntries(read);
}

function documentsOf({ workflows = {}, pages = {}, components = {}, i18n }: Manifest): readonly string[] {
  const files = [workflows, pages, components].flatMap((section) =>
    Object.values(section as Record<string, { readonly file: string }>).map(({ file }) => file),
  );
  return [...new Set([...files, ...Object.values(i18n?.locales ?? {})])];
}

const TEXTUAL = /\.(?:[cm]?[jt]sx?|json|md|ya?ml|txt|html|css|svg)$/;

async function hiddenIn(folder: string, files: readonly string[]): Promise<PackageFolder['hidden']> {
  const found: { file: string; line: number; reason: string }[] = [];
  for (const file of files) {
    if (!TEXTUAL.test(file) || found.length >= 100) continue;
    const text = (await readPackageFile(folder, file, packageLimits.asset)).toString('utf8');
    for (const { offset, reason } of hiddenText(text).slice(0, 10))
      found.push({ file, line: text.slice(0, offset).split('\n').length, reason });
  }
  return found;
}

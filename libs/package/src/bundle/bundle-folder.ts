// Makes the one file that runs from a folder of source. The same folder gives the same bytes wherever it lies: the hash is the identity.
import { createHash } from 'node:crypto';
import { join, relative, sep } from 'node:path';
import { realpath } from 'node:fs/promises';
import type { BuildFailure, Message } from 'esbuild';
import { rejected, Rejection } from '@kari/kernel';
import type { Manifest } from '@kari/protocol/manifest';
import { bundleResolution, powerlessBuiltins } from './bundle-resolution.js';
import { runBundler } from './bundler-service.js';
import { filesBelow, packageLimits, readPackageFile } from './package-files.js';

export interface Bundle {
  /** One ESM file with its source map inline. */
  readonly code: Uint8Array;
  /** Hex SHA-256 of `code`. */
  readonly hash: string;
}

/**
 * Bundles the entry of a source folder. Throws PACKAGE_BUNDLE_FAILED with file, line and column in its reason, PACKAGE_FILE_REFUSED for
 * links and for imports that leave the folder, PACKAGE_TOO_LARGE above the limit of the resource class.
 */
export async function bundleSource(folder: string, manifest: Pick<Manifest, 'id' | 'entry' | 'resources'>): Promise<Bundle> {
  await filesBelow(folder);
  await readPackageFile(folder, manifest.entry, packageLimits.bundle.L);
  // esbuild resolves links of the path itself; everything relative to it must start from the same place.
  const root = await realpath(folder);
  const { outputFiles, metafile } = await runBundler({
    absWorkingDir: root,
    entryPoints: [manifest.entry],
    outfile: 'bundle.mjs',
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['module', 'import'],
    target: 'es2023',
    charset: 'ascii',
    sourcemap: 'external',
    sourcesContent: false,
    legalComments: 'inline',
    logLevel: 'silent',
    plugins: [bundleResolution],
    // Fixed here, so that a tsconfig somewhere above the folder changes nothing.
    tsconfigRaw: { compilerOptions: { target: 'es2023', useDefineForClassFields: true, verbatimModuleSyntax: true, strict: true } },
  }).catch((error: unknown) => {
    throw failure(manifest.id, error);
  });
  const inputs = Object.keys(metafile.inputs);
  const outside = inputs.find((input) => !isAllowed(root, input));
  if (outside !== undefined) throw rejected('PACKAGE_FILE_REFUSED', { path: outside, reason: 'an import leaves the package' });
  const exported = Object.values(metafile.outputs).flatMap(({ exports }) => exports);
  if (!exported.includes('start')) {
    const reason = `${manifest.entry} does not export "start"`;
    throw rejected('PACKAGE_BUNDLE_FAILED', { extension: manifest.id, reason, allowed: powerlessBuiltins });
  }
  const text = outputFiles.find(({ path }) => path.endsWith('.mjs'))!.text;
  const map = outputFiles.find(({ path }) => path.endsWith('.map'))!.text;
  const code = Buffer.from(withMap(placeFree(text, inputs), map));
  const limit = packageLimits.bundle[manifest.resources?.class ?? 'S'];
  if (code.length > limit) throw rejected('PACKAGE_TOO_LARGE', { what: 'the bundle', bytes: code.length, limit });
  return { code, hash: sha256(code) };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Paths outside the folder depend on where it lies: they are told from the last `node_modules`, or from our own libraries on. */
function publicPath(path: string): string {
  const plain = path.split(sep).join('/');
  if (!plain.startsWith('../')) return plain;
  const packages = plain.lastIndexOf('node_modules/');
  if (packages !== -1) return plain.slice(packages);
  return plain.replace(/^(?:\.\.\/)+(?:.*\/)?libs\/([a-z]+)\//, '@kari/$1/').replace(/^(?:\.\.\/)+/, 'outside/');
}

/** esbuild writes the path of each module above it: only those lines, and only known paths, are changed. */
function placeFree(text: string, inputs: readonly string[]): string {
  const moved = new Map(inputs.filter((input) => input.startsWith('../')).map((input) => [`// ${input}`, `// ${publicPath(input)}`]));
  return text
    .split('\n')
    .map((line) => moved.get(line) ?? line)
    .join('\n');
}

function withMap(text: string, map: string): string {
  const parsed = JSON.parse(map) as { sources: readonly string[] };
  const inline = Buffer.from(JSON.stringify({ ...parsed, sources: parsed.sources.map(publicPath) })).toString('base64');
  return `${text}//# sourceMappingURL=data:application/json;base64,${inline}\n`;
}

/** Own files, npm packages, and our own libraries. */
function isAllowed(root: string, input: string): boolean {
  const path = relative(root, join(root, input)).split(sep).join('/');
  return !path.startsWith('../') || path.includes('/node_modules/') || /(?:^|\/)libs\/(?:sdk|protocol)\/src\//.test(path);
}

function failure(extension: string, error: unknown): Error {
  if (error instanceof Rejection) return error;
  const { errors } = error as Partial<BuildFailure>;
  if (errors === undefined)
    return rejected('PACKAGE_BUNDLE_UNAVAILABLE', { reason: error instanceof Error ? error.message : String(error) });
  return rejected('PACKAGE_BUNDLE_FAILED', {
    extension,
    reason: errors.slice(0, 5).map(worded).join('; ').replace(/\.$/, ''),
    allowed: powerlessBuiltins,
    problems: errors.slice(0, 50).map(({ text, location }) => ({
      reason: text,
      file: location === null ? null : publicPath(location.file),
      line: location?.line ?? null,
      column: location === null ? null : location.column + 1,
    })),
  });
}

function worded({ text, location }: Message): string {
  return location === null ? text : `${publicPath(location.file)}:${location.line}:${location.column + 1}: ${text}`;
}

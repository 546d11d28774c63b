// Where a bundle's imports may come from: the package's own folder, npm packages, and the platform's SDK. Built-ins without power stay
// imports; every other built-in is an error that names its importer.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

/** They compute, and reach nothing outside the sandbox. */
export const powerlessBuiltins = [
  'assert',
  'buffer',
  'events',
  'path',
  'punycode',
  'querystring',
  'string_decoder',
  'url',
  'util',
] as const;

const BUILTIN = new RegExp(`^(?:node:)?(?:${powerlessBuiltins.join('|')})$`);
const OURS = /^@kari\/(?:sdk|protocol)(?:\/[a-z]+)?$/;

export const bundleResolution: Plugin = {
  name: 'kari',
  setup: (build) => {
    build.onResolve({ filter: BUILTIN }, ({ path }) => ({ path: path.startsWith('node:') ? path : `node:${path}`, external: true }));
    build.onResolve({ filter: OURS }, ({ path, resolveDir }) => {
      const file = ourFile(path, resolveDir) ?? ourFile(path, import.meta.dirname);
      return file === null ? { errors: [{ text: `${path} is not installed; add it to the package's dependencies` }] } : { path: file };
    });
  },
};

/**
 * The platform's own packages resolve to their sources (`source` in their `exports`), so that a checkout needs no build before its
 * extensions can be bundled. Looked for from the importer upwards first: an author may pin another version.
 */
function ourFile(specifier: string, from: string): string | null {
  const [scope = '', name = '', entry] = specifier.split('/');
  for (let folder = from; ; folder = dirname(folder)) {
    const root = join(folder, 'node_modules', scope, name);
    if (existsSync(join(root, 'package.json'))) return exported(root, entry);
    if (folder === dirname(folder)) return null;
  }
}

function exported(root: string, entry: string | undefined): string | null {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports?: Record<string, { source?: string; default?: string }>;
  };
  const target = exports?.[entry === undefined ? '.' : `./${entry}`];
  const files = [target?.source, target?.default].filter((file) => file !== undefined).map((file) => join(root, file));
  return files.find((file) => existsSync(file)) ?? null;
}

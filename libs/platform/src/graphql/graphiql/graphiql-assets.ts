// Bundles GraphiQL from its npm packages, once and only when somebody opens it: nothing is fetched from elsewhere, and a server that nobody explores this way
// pays nothing. The packages are development dependencies; where they are left out there is no GraphiQL.
import { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import { clientSource } from './client-source.js';

export interface Asset {
  readonly type: string;
  readonly body: Uint8Array;
}

/** Files by name, `graphiql.js` and `graphiql.css` among them; null where the packages are not installed. */
export async function bundleGraphiql(): Promise<ReadonlyMap<string, Asset> | null> {
  const home = packageFolder();
  if (home === null) return null;
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    stdin: { contents: clientSource, resolveDir: home, sourcefile: 'graphiql.js', loader: 'js' },
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    outdir: '/graphiql',
    entryNames: 'graphiql',
    chunkNames: 'chunk-[hash]',
    define: { 'process.env.NODE_ENV': '"production"' },
    write: false,
    logLevel: 'silent',
  });
  return new Map(outputFiles.map(({ path, contents }) => [basename(path), { type: typeOf(path), body: contents }]));
}

export const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Kari: GraphiQL</title>
<link rel="stylesheet" href="/graphiql/graphiql.css">
<style>body { margin: 0 } #graphiql { height: 100dvh }</style>
<div id="graphiql">Loading …</div>
<script type="module" src="/graphiql/graphiql.js"></script>
</html>
`;

function packageFolder(): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve('graphiql/package.json'));
  } catch {
    return null;
  }
}

function typeOf(path: string): string {
  return path.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8';
}

// esbuild runs as a service process of its own. It lives exactly as long as somebody bundles: nothing is left running afterwards. Loaded on
// first use: a production image carries no compiler, and a host of finished packages needs none.
import type * as Bundler from 'esbuild';
import { rejected } from '@kari/kernel';

let holders = 0;

/** Keeps the service over several builds (a scan of many folders starts it once). */
export async function withBundler<T>(work: () => Promise<T>): Promise<T> {
  holders += 1;
  try {
    return await work();
  } finally {
    holders -= 1;
    if (holders === 0) await loaded?.then(({ stop }) => stop());
  }
}

export function runBundler(
  options: Bundler.BuildOptions & { readonly write: false; readonly metafile: true },
): Promise<Bundler.BuildResult<typeof options>> {
  return withBundler(async () => (await bundler()).build(options));
}

/** Part of what a bundle is made from. */
export async function bundlerVersion(): Promise<string> {
  return (await bundler()).version;
}

let loaded: Promise<typeof Bundler> | null = null;

function bundler(): Promise<typeof Bundler> {
  loaded ??= import('esbuild').catch((error: unknown) => {
    loaded = null;
    throw rejected('PACKAGE_BUNDLE_UNAVAILABLE', { reason: error instanceof Error ? error.message : String(error) });
  });
  return loaded;
}

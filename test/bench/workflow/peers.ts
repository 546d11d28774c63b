// Others' products are installed apart, only for benchmarks, and known here by the few words that are used of them.
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(join(process.cwd(), 'test/bench/peers/package.json'));

export async function peer<T>(name: string): Promise<T> {
  const module = (await import(pathToFileURL(require.resolve(name)).href)) as T & { readonly default?: T };
  return { ...module.default, ...module };
}

/** Where a program of a peer stands. */
export function programOf(name: string): string {
  return join(process.cwd(), 'test/bench/peers/node_modules/.bin', name);
}

/** Free at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

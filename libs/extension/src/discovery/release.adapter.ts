// What this release knows of itself: which first-party bundles it was made with, and the sources that every bundle takes in. Read from where
// the platform itself lies, never from a configured folder: whoever may add an extension must not be able to vouch for it.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { FirstPartyList } from './trust.rules.js';

const list = z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/));

/** Empty when the release carries none; throws when it is damaged, because a wrong guess would be about trust. */
export async function firstPartyList(root = releaseRoot()): Promise<FirstPartyList> {
  const file = join(root, 'extensions', 'first-party.json');
  if (!existsSync(file)) return {};
  return list.parse(JSON.parse(await readFile(file, 'utf8')));
}

/** Changes whenever the libraries do that are built into every bundle from their sources, or the one that judges packages. */
export async function toolchainHash(root = releaseRoot()): Promise<string> {
  const hash = createHash('sha256');
  for (const library of ['sdk', 'protocol']) {
    const folder = join(root, 'node_modules', '@kari', library);
    if (existsSync(folder)) await addFolder(hash, join(await realpath(folder), 'src'));
  }
  await addFolder(hash, join(import.meta.dirname, '..', '..', '..', 'package', 'src'));
  return hash.digest('hex').slice(0, 16);
}

async function addFolder(hash: ReturnType<typeof createHash>, folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await addFolder(hash, path);
    else if (entry.isFile() && !/\.(?:spec\.ts|map)$/.test(entry.name))
      hash
        .update(entry.name)
        .update('\0')
        .update(await readFile(path));
  }
}

/** The folder of the platform's own package.json, above this file in the sources and in the build alike. */
function releaseRoot(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'node_modules'))) return folder;
  }
  return process.cwd();
}

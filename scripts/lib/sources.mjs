// Which files a build is made of, and one hash over them: a build is stale exactly when that hash has changed.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const NOT_BUILT = new Set(['node_modules', 'dist', 'testing', 'test', 'fixtures']);

/** Every file below the folder, sorted, without tests and what only tests use. */
export function sourcesBelow(folder) {
  const found = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !NOT_BUILT.has(entry.name)) found.push(...sourcesBelow(path));
    else if (entry.isFile() && !entry.name.endsWith('.spec.ts')) found.push(path);
  }
  return found.sort();
}

export function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

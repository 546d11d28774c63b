// Every dependency that a locked package names, optional ones for other platforms included, must have its own entry in the lock file:
// a lock without them installs on one machine and is refused by `npm ci` on the next.
import { readFileSync } from 'node:fs';

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));

/** As Node looks for it: beside the package, then in each folder above. */
function resolves(from, name) {
  const folders = from.split('/');
  for (let depth = folders.length; depth >= 0; depth -= 1) {
    const above = folders.slice(0, depth).filter((folder) => folder !== '');
    if ([...above, 'node_modules', name].join('/') in packages) return true;
  }
  return false;
}

const missing = Object.entries(packages).flatMap(([path, entry]) =>
  Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
    .filter((name) => !resolves(path, name))
    .map((name) => `${path === '' ? 'the root' : path} names ${name}, which the lock file lacks`),
);
const foreign = Object.entries(packages)
  .filter(([, entry]) => typeof entry.resolved === 'string' && /^https?:/.test(entry.resolved))
  .map(([path]) => `${path} records a download address`);
for (const line of [...missing, ...foreign]) console.error(line);
process.exit(missing.length + foreign.length === 0 ? 0 : 1);

// Each direct dependency, of the root and of every workspace, must accept Node 20.19.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import semver from 'semver';

const LOWEST = '20.19.0';
const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
const workspaces = ['apps', 'extensions', 'libs'].flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}/package.json`));
const manifests = ['package.json', ...workspaces.filter((path) => existsSync(path))];
const names = new Set(manifests.flatMap((path) => Object.keys({ ...read(path).dependencies, ...read(path).devDependencies })));

const refused = [...names].sort().flatMap((name) => {
  const path = `node_modules/${name}/package.json`;
  if (!existsSync(path)) return [`${name} is not installed`];
  const range = read(path).engines?.node;
  return range === undefined || semver.satisfies(LOWEST, range) ? [] : [`${name} ${read(path).version} wants Node ${range}`];
});
for (const line of refused) console.error(line);
process.exit(refused.length === 0 ? 0 : 1);

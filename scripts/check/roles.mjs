// Roles of files: a suffix in a context is one of the known roles (a file without one is a plain piece of the shell), and every pure piece
// of the domain has its spec beside it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { sourcesBelow } from '../lib/sources.mjs';

const ROLES = [
  'events',
  'commands',
  'errors',
  'decider',
  'process-manager',
  'rules',
  'projection',
  'port',
  'view',
  'queries',
  'graphql',
  'resolver',
  'reactor',
  'capability',
  'adapter',
  'module',
  'migrations',
  'definitions',
];
const NEED_SPEC = /\.(decider|process-manager|projection|rules)\.ts$/;
const CONTEXTS = JSON.parse(readFileSync(new URL('../lib/contexts.json', import.meta.url), 'utf8'));

const libs = readdirSync('libs').filter((name) => existsSync(`libs/${name}/src`));
const wrong = [];
for (const lib of libs) {
  for (const file of sourcesBelow(`libs/${lib}/src`).filter((path) => path.endsWith('.ts'))) {
    if (NEED_SPEC.test(file) && !existsSync(file.replace(/\.ts$/, '.spec.ts'))) wrong.push(`${file} has no spec beside it`);
    if (!CONTEXTS.includes(lib)) continue;
    const name = file.split('/').at(-1);
    const role = /\.([a-z-]+)\.ts$/.exec(name)?.[1];
    if (role !== undefined && !ROLES.includes(role))
      wrong.push(`${file} names no role; a suffix in a context is one of ${ROLES.map((known) => `.${known}.ts`).join(' ')}`);
  }
  if (CONTEXTS.includes(lib) && !existsSync(`libs/${lib}/README.md`)) wrong.push(`libs/${lib} has no README.md`);
}
for (const line of wrong) console.error(line);
process.exit(wrong.length === 0 ? 0 : 1);

// `npm run milestone -- 1`: drop an extension in, see it registered, call its plugin in a chain with another one; then take it away again.
// Needs a running server of this checkout in development mode: it watches `extensions/`.
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { caller, closeSockets, eventually, say, title } from './lib/api.mjs';

const ID = 'acme.milestone-one';
const FOLDER = `extensions/${ID}`;

if (process.argv[2] !== '1') {
  console.error('There is one milestone so far: npm run milestone -- 1');
  process.exit(2);
}
if (existsSync(FOLDER)) {
  console.error(`${FOLDER} is there already: remove it first.`);
  process.exit(2);
}

const demo = caller('demo');
try {
  await milestone();
  console.log('\nMilestone 1 stands.');
} catch (error) {
  console.error(`\nMilestone 1 does not stand: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(FOLDER, { recursive: true, force: true });
  await closeSockets();
}

async function milestone() {
  title('Drop it in');
  const manifest = JSON.parse(readFileSync('extensions/kari.hello/extension.json', 'utf8'));
  cpSync('extensions/kari.hello/src', `${FOLDER}/src`, { recursive: true });
  writeFileSync(`${FOLDER}/extension.json`, JSON.stringify({ ...manifest, $schema: undefined, id: ID, name: 'Milestone' }));
  say(`${FOLDER} was written; nobody told the server`);

  title('Registered');
  const found = await eventually(async () => {
    const { package: registered } = await demo('query ($id: ID!) { package(extension: $id) { id } }', { id: ID });
    if (registered === null) throw new Error('it was not found');
    return registered;
  });
  say(`${found.id} is registered`);

  title('Installed');
  await demo('mutation ($id: ID!) { installExtension(input: { extension: $id, consented: [], enable: true }) { status } }', { id: ID });
  await eventually(async () => {
    const { extension } = await demo('query ($id: ID!) { extension(extension: $id) { status } }', { id: ID });
    if (extension.status !== 'ENABLED') throw new Error(`it is ${extension.status}`);
  });
  say('enabled for the tenant demo');

  title('Called in a chain');
  const { runPlugins: run } = await demo(
    'mutation ($input: RunPluginsInput!) { runPlugins(input: $input) { steps { id answer { extension output milliseconds } } } }',
    {
      input: {
        mode: 'SEQUENCE',
        steps: [
          { id: 'when', plugin: 'time.now', input: { zone: 'UTC' } },
          { id: 'greet', plugin: `${ID}/greeting.say`, from: { '/name': '/steps/when/weekday' } },
        ],
      },
    },
  );
  for (const { id, answer } of run.steps)
    say(`${id}: ${answer.extension} answered ${JSON.stringify(answer.output)} in ${answer.milliseconds.toFixed(1)} ms`);

  title('Taken away');
  await demo('mutation ($id: ID!) { removeExtension(extension: $id) { status } }', { id: ID });
  say('removed from the tenant; its life stays in the log');
}

// A host that is not root: proves its level and runs one extension at the best launcher. Run as a program, under another uid.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemIds, systemRandom, systemTimers } from '@kari/platform/time';
import { findEngine } from '../../libs/sandbox/src/launcher/engine.adapter.js';
import { resourceClasses } from '../../libs/sandbox/src/launcher/resource-class.rules.js';
import { Isolation } from '../../libs/sandbox/src/level/isolation.js';
import { ask } from './asking.js';
import { MemoryContents } from './sandboxes.js';

const [runner = ''] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'kari-plain-'));
const contents = new MemoryContents();
const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => logger };
const isolation = new Isolation(
  () => ({ engine: findEngine(), runner, folder: join(folder, 'open'), ledgerFolder: join(folder, 'ledger'), contents }),
  { clock: systemClock, timers: systemTimers, ids: systemIds, random: systemRandom, logger },
);
const report = await isolation.prove();
const bundleHash = contents.add(
  `export async function start() { return { handlers: ['plugin:self.echo'], async invoke(_, input) { return input; } }; }`,
);
const launched = await isolation.best().launcher?.launch({ process: 'one', resources: resourceClasses.S, bundleHash, assets: {} });
const answer = launched === undefined ? null : await ask(launched, 'plugin:self.echo', 'from a plain user');
launched?.kill('stopped');
await launched?.ended;
process.stdout.write(JSON.stringify({ uid: process.getuid?.(), report, answer }));

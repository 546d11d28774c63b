// The whole server as `npm start` runs it: from the command to "ready", the first time and later, with 10 and with 300 extensions on disk.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchOptions, figure, report } from './harness.js';

const { rounds } = benchOptions({ rounds: 5, seconds: 0 });
const SAMPLES = ['kari.hello', 'kari.core', 'kari.briefing'];

// Inside the checkout: the samples bundle libraries of its node_modules.
mkdirSync('.cache', { recursive: true });
const work = mkdtempSync(join('.cache', 'bench-start-'));
try {
  for (const count of [10, 300]) {
    const extensions = manyExtensions(count);
    const first: number[] = [];
    const later: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const data = join(work, `data-${count}-${round}`);
      first.push(await start(extensions, data));
      later.push(await start(extensions, data));
    }
    tell(`start, first, ${count} extensions`, first);
    tell(`start, later, ${count} extensions`, later);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Copies of the tutorial's extension under other ids, beside the samples that the demo tenant runs. */
function manyExtensions(count: number): string {
  const folder = join(work, `extensions-${count}`);
  mkdirSync(folder, { recursive: true });
  for (const sample of SAMPLES) cpSync(join('extensions', sample), join(folder, sample), { recursive: true });
  const manifest = JSON.parse(readFileSync('extensions/kari.hello/extension.json', 'utf8')) as Record<string, unknown>;
  for (let index = SAMPLES.length; index < count; index += 1) {
    const id = `acme.copy-${index}`;
    cpSync('extensions/kari.hello/src', join(folder, id, 'src'), { recursive: true });
    writeFileSync(join(folder, id, 'extension.json'), JSON.stringify({ ...manifest, $schema: undefined, id }));
  }
  return folder;
}

/** Milliseconds until the server says that it is ready; it is stopped in order afterwards. */
async function start(extensions: string, data: string): Promise<number> {
  const from = performance.now();
  const server = spawn(process.execPath, ['scripts/start.mjs'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      KARI_PORT: '0',
      KARI_DATA_DIR: data,
      KARI_EXTENSIONS_DIRS: extensions,
      KARI_LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((done) => server.once('exit', () => done()));
  let told = '';
  const ready = new Promise<number>((done, fail) => {
    server.stdout.on('data', (chunk: Buffer) => {
      told += chunk.toString();
      if (!told.includes('Kari is ready')) return;
      if (told.includes('\n  broken ')) fail(new Error(`a package is broken: ${told}`));
      done(performance.now() - from);
    });
    void ended.then(() => fail(new Error(`the server ended early: ${told}`)));
  });
  const milliseconds = await ready;
  server.kill('SIGTERM');
  await ended;
  return milliseconds;
}

function tell(bench: string, milliseconds: readonly number[]): void {
  const value = figure(milliseconds.map((one) => one / 1_000));
  report({ bench, contender: 'Kari', unit: 's', rounds, value });
  process.stdout.write(`${bench.padEnd(34)} ${value.median} s (${value.low} to ${value.high})\n`);
}

// `npm run dev`: the server, started anew whenever a source of apps or libs has changed. Extensions need no restart: the server watches them.
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { build } from './build.mjs';

const SETTLE_MS = 150;
let server = null;
let settling = null;
let turning = Promise.resolve();
let ending = false;

await restart();
for (const folder of ['apps', 'libs']) {
  watch(folder, { recursive: true }, (_, name) => {
    if (name === null || !name.endsWith('.ts') || name.endsWith('.spec.ts')) return;
    clearTimeout(settling);
    settling = setTimeout(() => (turning = turning.then(restart)), SETTLE_MS);
  });
}
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    ending = true;
    void stop().then(() => process.exit(0));
  });
}

async function restart() {
  if (ending) return;
  try {
    const { built } = await build();
    if (!built && server !== null) return;
  } catch (error) {
    // A half-written file: the server that runs goes on, the next save builds again.
    console.error(`not built: ${error.message}`);
    return;
  }
  await stop();
  server = spawn(process.execPath, ['dist/apps/server/src/main.js'], { stdio: 'inherit' });
}

async function stop() {
  const running = server;
  server = null;
  if (running === null || running.exitCode !== null || running.signalCode !== null) return;
  const ended = new Promise((done) => running.once('exit', done));
  running.kill('SIGTERM');
  await ended;
}

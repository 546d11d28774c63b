// Talks to one process directly, without a host around it: for what must be seen from inside, and for control runs without any sandbox.
import { spawnOwned } from '@kari/platform/process';
import { BrokerError, LineReader, Peer } from '@kari/protocol/broker';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findEngine } from '../../libs/sandbox/src/launcher/engine.adapter.js';
import type { LaunchedProcess } from '../../libs/sandbox/src/launcher/launcher.port.js';
import { builtRunner } from './sandboxes.js';

interface Pipe {
  write(line: Uint8Array): void;
  onOutput(listener: (chunk: Uint8Array) => void): void;
  readonly ended: Promise<unknown>;
}

/** Loads the bundle and makes one call; rejects when the process ends first. */
export async function ask(pipe: Pipe | LaunchedProcess, handler: string, input: unknown): Promise<unknown> {
  const lines = new LineReader();
  const peer = new Peer({
    send: (line) => pipe.write(line),
    onCall: () => Promise.reject(new BrokerError('DENIED', 'nobody serves here')),
    onNotification: () => undefined,
  });
  pipe.onOutput((chunk) => {
    for (const line of lines.push(chunk)) peer.receive(line);
  });
  void pipe.ended.then((exit) => peer.end(new Error(`the process ended: ${JSON.stringify(exit)}`)));
  await peer.call('load', { protocol: 1, extension: { id: 'acme.probe', version: '1.0.0' }, config: {} });
  return peer.call('invoke', { handler, input, context: { invocation: 'x' } });
}

/** The same bundle with every permission, as the user that runs the test: unless it succeeds here, being blocked elsewhere proves nothing. */
export async function unsandboxed(
  bundle: string,
  handler: string,
  input: unknown,
  environment: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'kari-control-'));
  writeFileSync(join(folder, 'bundle.mjs'), bundle);
  const args = ['run', '-A', '--no-config', '--no-lock', '--no-remote', '--no-npm', await builtRunner(), `file://${folder}/bundle.mjs`];
  const child = spawnOwned(findEngine(), args, {
    kind: 'control',
    cwd: folder,
    environment: { NO_COLOR: '1', DENO_DIR: join(folder, 'cache'), ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  try {
    return await ask(
      { write: (line) => child.stdin?.write(line), onOutput: (listener) => child.stdout?.on('data', listener), ended: child.exited },
      handler,
      input,
    );
  } finally {
    child.kill();
    await child.exited;
    rmSync(folder, { recursive: true, force: true });
  }
}

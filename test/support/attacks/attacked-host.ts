// A host under attack: makes every attempt of the table without a sandbox, at L1, at the highest level, and there with the engine wide open;
// writes down what each got and what was seen on this side. Run as a program, as root or as somebody else, in a network of its own or not.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { spawnOwned } from '@kari/platform/process';
import { BrokerError, LineReader, Peer } from '@kari/protocol/broker';
import { findEngine } from '../../../libs/sandbox/src/launcher/engine.adapter.js';
import type { LaunchedProcess } from '../../../libs/sandbox/src/launcher/launcher.port.js';
import { RunningProcess } from '../../../libs/sandbox/src/launcher/launched-process.js';
import { librariesOf } from '../../../libs/sandbox/src/launcher/programs.adapter.js';
import { deniedCalls } from '../../../libs/sandbox/src/launcher/seccomp.rules.js';
import { launchers } from '../sandboxes.js';
import { startable } from '../startable.js';
import { AttackStage, SECRET, VARIABLE } from './attack-stage.js';
import { numbersOfCalls } from './call-numbers.js';

interface Technique {
  readonly number: number;
  readonly title: string;
  readonly network: boolean;
  readonly bundle?: (target: object) => string;
}

export interface Outcome {
  readonly done: boolean;
  readonly said: string;
  /** What was seen on the side of the host. */
  readonly evidence: readonly string[];
}

export interface Told {
  readonly uid: number;
  readonly network: boolean;
  readonly levels: readonly string[];
  /** Outcomes by run (`control`, a level, or a level with `-A`), in the order of the table; null: not attempted here. */
  readonly runs: Readonly<Record<string, readonly (Outcome | null)[]>>;
}

interface Running {
  readonly peer: Peer;
  readonly ended: Promise<unknown>;
  end(): Promise<void>;
}

const ATTEMPT_MS = 4_000;
const [folder = '', runner = '', bundlePath = '', table = '', networked = '', extent = ''] = process.argv.slice(2);
const network = networked === 'network';

const { tableOf } = (await import(pathToFileURL(table).href)) as { tableOf: (denied: readonly string[]) => readonly Technique[] };
const denied = Object.keys(deniedCalls);
const techniques = tableOf(denied);
const bundle = readFileSync(bundlePath, 'utf8');
const workshop = await launchers(runner);
const stage = await AttackStage.open(folder, network);
const library = (await librariesOf(workshop.provisions.engine)).find((path) => /\/libc\.so/.test(path)) ?? '';
const neighbourBundle = `export async function start() { return { handlers: ['plugin:self.echo'], invoke: async (_, input) => input }; } // ${SECRET}`;

function talkTo(pipe: Pick<LaunchedProcess, 'write' | 'onOutput' | 'ended'>, end: () => Promise<void>): Running {
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
  return { peer, ended: pipe.ended, end };
}

async function sandboxed(level: 'L1' | 'L1+cage' | 'L2', engineUnchecked: boolean, code = bundle): Promise<Running & { pid: number }> {
  // Class M: a class S process ends with its first worker, which would hide what a worker can do.
  const launched = await workshop.launch(level, code, 'M', { engineUnchecked });
  const end = async (): Promise<void> => {
    launched.kill('stopped');
    await launched.ended;
  };
  const running = await loaded(talkTo(launched, end));
  return { ...running, pid: launched instanceof RunningProcess ? launched.enginePid() : launched.pid };
}

let controls = 0;
async function unsandboxed(code = bundle): Promise<Running> {
  controls += 1;
  const own = join(folder, `control-${controls}`);
  mkdirSync(own);
  writeFileSync(join(own, 'bundle.mjs'), code);
  const args = ['run', '-A', '--no-config', '--no-lock', '--no-npm', workshop.provisions.runner, `file://${own}/bundle.mjs`];
  const child = spawnOwned(findEngine(), args, {
    kind: 'control',
    cwd: own,
    environment: { NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1', DENO_DIR: join(own, 'cache'), PATH: '/usr/bin:/bin', [VARIABLE]: SECRET },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => undefined);
  child.stderr?.resume();
  const end = async (): Promise<void> => {
    child.kill();
    await child.exited;
    rmSync(own, { recursive: true, force: true });
  };
  const pipe = {
    write: (line: Uint8Array) => void child.stdin?.write(line),
    onOutput: (listener: (chunk: Uint8Array) => void) => void child.stdout?.on('data', listener),
    ended: child.exited as Promise<never>,
  };
  return loaded(talkTo(pipe, end));
}

async function loaded(running: Running): Promise<Running> {
  try {
    await running.peer.call('load', { protocol: 1, extension: { id: 'acme.attacker', version: '1.0.0' }, config: {} });
    return running;
  } catch (error) {
    await running.end();
    throw error;
  }
}

async function attemptAll(
  start: (code?: string) => Promise<Running>,
  level: 'L1' | 'L1+cage' | 'L2',
): Promise<readonly (Outcome | null)[]> {
  const neighbour = await sandboxed(level, false, neighbourBundle);
  const outcomes: (Outcome | null)[] = [];
  let running: Running | null = null;
  const processes = join(workshop.folder, 'open', 'processes');
  for (const [row, technique] of techniques.entries()) {
    if (technique.network && !network) {
      outcomes.push(null);
      continue;
    }
    const target = stage.next({
      library,
      addon: library,
      numbers: numbersOfCalls,
      neighbour: neighbour.pid,
      neighbourBundle: bundleOf(neighbour.pid),
      processes,
    });
    if (technique.bundle !== undefined) {
      outcomes.push({ ...(await loadedAndAsked(start, technique.bundle(target))), evidence: stage.evidence(target) });
      continue;
    }
    running ??= await start();
    let answer = await asked(running, row, target);
    if (answer.over) {
      await running.end();
      // What ended it may have been an error that an earlier attempt left behind: this one is made again, alone.
      running = await start();
      answer = await asked(running, row, target);
    }
    if (answer.over) {
      await running.end();
      running = null;
    }
    if (technique.network) await stage.drained();
    outcomes.push({ done: answer.done, said: answer.said, evidence: stage.evidence(target) });
  }
  await running?.end();
  // The neighbour has to have come through all of it.
  await neighbour.peer.call('ping', {}).catch(() => outcomes.push({ done: true, said: 'the neighbour is gone', evidence: [] }));
  await neighbour.end();
  return outcomes;
}

async function asked(running: Running, row: number, target: object): Promise<{ done: boolean; said: string; over: boolean }> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error('no answer in time')), ATTEMPT_MS);
  try {
    const input = { row, deniedCalls: denied, target };
    const invocation = { handler: 'plugin:self.attempt', input, context: { invocation: 'x' } };
    const answer = (await running.peer.call('invoke', invocation, late.signal)) as { done: boolean; said: string };
    return { ...answer, over: false };
  } catch (error) {
    return { done: false, said: String((error as Error).message), over: true };
  } finally {
    clearTimeout(timer);
  }
}

/** For bundles that are the attack themselves: they have to load at all, and to bring something home. */
async function loadedAndAsked(start: (code: string) => Promise<Running>, code: string): Promise<{ done: boolean; said: string }> {
  try {
    const running = await start(code);
    const { done, said } = await asked(running, 0, {});
    await running.end();
    return { done, said };
  } catch (error) {
    return { done: false, said: String((error as Error).message) };
  }
}

/** Where the host keeps the bundle of that process: what its command line reads, or what its cage was given. */
function bundleOf(pid: number): string {
  const shown = /file:\/\/(\S+bundle\.mjs)/.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))?.[1] ?? '';
  return shown.startsWith('/ext/')
    ? (/(\S+) \/ext\/b /.exec(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'))?.[1] ?? '') + '/bundle.mjs'
    : shown;
}

const highest = startable.at(-1) ?? 'L1';
const runs: Record<string, readonly (Outcome | null)[]> = {};
try {
  runs['control'] = await attemptAll(unsandboxed, 'L1');
  runs['L1'] = await attemptAll((code) => sandboxed('L1', false, code), 'L1');
  if (highest !== 'L1') {
    // The same with the engine's checks on is no harder to hold for a plain user than for root: once is enough.
    if (extent === 'every run') runs[highest] = await attemptAll((code) => sandboxed(highest, false, code), highest);
    runs[`${highest} -A`] = await attemptAll((code) => sandboxed(highest, true, code), highest);
  }
} finally {
  await workshop.dispose();
  await stage.close();
}
writeFileSync(
  join(folder, 'told.json'),
  JSON.stringify({ uid: process.getuid?.() ?? -1, network, levels: startable, runs } satisfies Told),
);
process.exit(0);

// What hostile extensions do, and how each ends: the same cases for every level and every user that can start a sandbox.
import type { Capability } from '../../libs/sandbox/src/contract.js';
import { eventually, tenantA, tenantB, type SandboxWorld } from './sandbox-world.js';
import { fixture } from './sandboxes.js';

export interface HostileCase {
  readonly fixture: string;
  readonly way: string;
  /** How its call ends: codes of the refusal. Null: it is answered. */
  readonly codes: readonly string[] | null;
  /** How its process ends. Null: it lives and serves on. */
  readonly exits: readonly string[] | null;
  readonly input?: unknown;
  /** Whether what it answered is right. */
  readonly answer?: (answer: unknown) => boolean;
  /** Whether what its log shows is right. */
  readonly log?: (lines: readonly string[]) => boolean;
  /** Calls at once. */
  readonly calls?: number;
  /** Waits for a limit of seconds: begun before the others. */
  readonly slow?: true;
}

const crashed = ['SANDBOX_CRASHED'];
/** A loop that a busy host gives no processor to is excused for a while: then its caller hears of the deadline first. */
const crashedOrLate = ['SANDBOX_CRASHED', 'SANDBOX_DEADLINE'];
const crashing = (way: string, ...exits: readonly string[]): HostileCase => ({ fixture: 'crashing', way, codes: crashed, exits });
const greedy = (way: string, ...exits: readonly string[]): HostileCase => ({ fixture: 'greedy', way, codes: crashed, exits });
const looping = (way: string, ...exits: readonly string[]): HostileCase => ({
  fixture: 'looping',
  way,
  codes: crashedOrLate,
  exits,
  slow: true,
});
const breaking = (way: string): HostileCase => ({ fixture: 'chatty', way, codes: crashed, exits: ['protocol'] });
const flooding = (way: string, more: Pick<HostileCase, 'answer' | 'log'> = {}): HostileCase => ({
  fixture: 'chatty',
  way,
  codes: null,
  exits: null,
  ...more,
});
/** 64 KiB a second, for as long as the flood may take on a busy machine, in lines of 8 KiB. */
const isCut = (lines: readonly string[]): boolean => {
  const bytes = lines.reduce((sum, { length }) => sum + length, 0);
  return bytes > 50_000 && bytes < 600_000 && lines.every(({ length }) => length <= 8192);
};
const polluting = (payload: string): HostileCase => ({
  fixture: 'polluting',
  way: 'pollute',
  input: { payload },
  codes: [...crashed, 'nothing'],
  exits: ['protocol'],
});

export const hostileCases: readonly HostileCase[] = [
  looping('loop', 'heartbeat'),
  looping('regex', 'heartbeat'),
  looping('microtasks', 'heartbeat', 'heap', 'memory'),
  // Who sleeps wants no processor: that is not starvation.
  { fixture: 'slow', way: 'sleep', input: { milliseconds: 60_000 }, codes: crashed, exits: ['heartbeat'], slow: true },
  // A frame without an end: its pongs are lost in it, too.
  { fixture: 'chatty', way: 'dribble', codes: [...crashedOrLate], exits: ['heartbeat', 'protocol'], slow: true },
  { fixture: 'slow', way: 'never', calls: 2, codes: ['SANDBOX_DEADLINE'], exits: ['deadline'], slow: true },
  crashing('exit', 'exited'),
  crashing('throwLater', 'exited'),
  crashing('reject', 'exited'),
  crashing('overflow', 'exited'),
  crashing('abort', 'exited', 'signal'),
  // Who fills memory without a pause answers no ping meanwhile, and a busy machine is slow to give it.
  greedy('heap', 'heap', 'memory', 'heartbeat'),
  greedy('buffers', 'memory'),
  greedy('wasm', 'memory', 'heartbeat'),
  greedy('workers', 'heap', 'memory'),
  ...['noNewline', 'strays', 'tooLarge', 'deep', 'badUtf8', 'nul', 'surrogate'].map(breaking),
  ...['chunkUncredited', 'chunkForeign', 'chunkAfterEnd', 'creditForeign', 'chunkOversized'].map(breaking),
  flooding('console', { log: isCut }),
  flooding('stderr', { log: isCut }),
  // Not one of a thousand is lost.
  flooding('calls', {
    answer: (all) => Array.isArray(all) && all.length === 1000 && all.every((one) => one === 'ok' || one === 'LIMIT') && all.includes('ok'),
  }),
  flooding('notices'),
  flooding('duplicate'),
  flooding('twice', { answer: (answer) => answer === 'the first' }),
  flooding('neverRead'),
  flooding('forgedConsole', { log: (lines) => lines.some((line) => line.includes('kv.put')) }),
  polluting('{"__proto__":{"polluted":1}}'),
  polluting('{"request":{"a":[{"constructor":{"prototype":{"polluted":1}}}]}}'),
  polluting('{"\\u005f_proto__":{"polluted":1}}'),
];

export const titleOf = ({ fixture: name, way, input }: HostileCase): string =>
  `${name}.${way}${name === 'polluting' ? ` ${JSON.stringify(input)}` : ''}`;

export interface HostileOutcome {
  /** The answer, where there was one. */
  readonly answers: readonly unknown[];
  readonly codes: readonly string[];
  readonly exit: string | null;
  readonly log: readonly string[];
  /** What the extension answers afterwards, where it lives. */
  readonly after: unknown;
  /** What the neighbour in another tenant answers, and the steps of its sandbox. */
  readonly neighbour: unknown;
  readonly neighbourSteps: readonly string[];
  readonly millisecondsToEnd: number;
}

const NEIGHBOUR = 'acme.innocent';
const innocent = `export async function start() { return { handlers: ['plugin:self.echo'], async invoke(_, input) { return input; } }; }`;
/** The silence that counts, and the most that starvation may excuse. */
const EXCUSED_MS = 45_000;

/** A neighbour in another tenant, and a capability with streams for those that break their rules. */
export async function prepare(world: SandboxWorld): Promise<void> {
  world.capabilities.set('blob', blob);
  world.install(innocent, { tenant: tenantB, extension: NEIGHBOUR });
  await world.call('self.echo', 1, { tenant: tenantB, extension: NEIGHBOUR });
}

export async function runHostile(world: SandboxWorld, one: HostileCase, extension: string): Promise<HostileOutcome> {
  world.install(fixture(one.fixture), { extension });
  const began = performance.now();
  const calls = await Promise.allSettled(
    Array.from({ length: one.calls ?? 1 }, () => world.call(`self.${one.way}`, one.input ?? {}, { extension })),
  );
  if (one.exits !== null) await eventually(async () => (await world.types(extension)).includes('SandboxCrashed'), EXCUSED_MS);
  const crash = (await world.events()).find(({ type, stream }) => type === 'SandboxCrashed' && stream.endsWith(`${tenantA}~${extension}`));
  const millisecondsToEnd = performance.now() - began;
  const log = (): readonly string[] =>
    world.observed
      .filter((seen) => seen.kind === 'logged' && seen['extension'] === extension && seen['source'] !== 'host')
      .map(({ message }) => String(message));
  const { log: fits } = one;
  if (fits !== undefined) await eventually(() => fits(log())).catch(() => undefined);
  return {
    answers: calls.flatMap((call) => (call.status === 'fulfilled' ? [call.value] : [])),
    codes: calls.map((call) => (call.status === 'rejected' ? String((call.reason as { code?: string }).code) : 'nothing')),
    log: log(),
    exit: (crash?.data as { exit: { kind: string } } | undefined)?.exit.kind ?? null,
    after: one.exits === null ? await world.call('self.echo', 'still here', { extension }) : null,
    neighbour: await world.call('self.echo', 'unharmed', { tenant: tenantB, extension: NEIGHBOUR }),
    neighbourSteps: await world.types(NEIGHBOUR, tenantB),
    millisecondsToEnd,
  };
}

/** Those that wait for limits of seconds at once, the others a few at a time beside them. */
export function runAll(world: SandboxWorld, cases: readonly HostileCase[], width = 3): ReadonlyMap<HostileCase, Promise<HostileOutcome>> {
  const lanes = Array.from({ length: width }, () => Promise.resolve<unknown>(null));
  return new Map(
    cases.map((one, index) => {
      const run = (): Promise<HostileOutcome> => runHostile(world, one, `acme.${one.fixture}-${index}`);
      if (one.slow) return [one, quiet(run())];
      const lane = index % width;
      const outcome = (lanes[lane] ?? Promise.resolve()).then(run, run);
      lanes[lane] = outcome;
      return [one, quiet(outcome)];
    }),
  );
}

/** Its failure belongs to whoever awaits it. */
export function quiet<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

/** What is wrong with an outcome, in words; empty when it is as foreseen. */
export function faultsOf(one: HostileCase, outcome: HostileOutcome): readonly string[] {
  const faults: string[] = [];
  if (!outcome.codes.every((code) => (one.codes ?? ['nothing']).includes(code)))
    faults.push(`its calls ended with ${outcome.codes.join(', ')}`);
  if (one.exits === null ? outcome.exit !== null : !one.exits.includes(outcome.exit ?? 'none'))
    faults.push(`its process ended by ${outcome.exit}`);
  if (one.exits === null && outcome.after !== 'still here') faults.push(`it answers ${JSON.stringify(outcome.after)} afterwards`);
  if (one.answer !== undefined && !outcome.answers.every(one.answer))
    faults.push(`it was answered ${JSON.stringify(outcome.answers).slice(0, 200)}`);
  if (one.log !== undefined && !one.log(outcome.log))
    faults.push(`its log has ${outcome.log.length} lines, first ${outcome.log[0]?.slice(0, 100)}`);
  if (outcome.neighbour !== 'unharmed') faults.push(`its neighbour answers ${JSON.stringify(outcome.neighbour)}`);
  if (outcome.neighbourSteps.join() !== 'SandboxStarted,SandboxReady')
    faults.push(`its neighbour went through ${outcome.neighbourSteps.join()}`);
  return faults;
}

const anything = { safeParse: (data: unknown) => ({ success: true, data }) } as never;
const allowed = () => ({ allowed: true }) as const;

/** Takes a stream of the extension, or gives it one. */
const blob: Capability = {
  name: 'blob',
  openToAll: true,
  operations: [
    {
      name: 'take',
      schema: anything,
      audit: 'denials',
      allows: allowed,
      perform: async ({ streams }, { stream }: { stream: number }) => {
        let bytes = 0;
        for await (const chunk of streams?.read(stream) ?? []) bytes += chunk.length;
        return { bytes };
      },
    },
    {
      name: 'give',
      schema: anything,
      audit: 'denials',
      allows: allowed,
      perform: ({ streams }, { bytes }: { bytes: number }) => {
        const stream = streams?.open();
        // Whoever does not read must not hold what it was given: the writer waits for credit, and fails with the process.
        stream?.write(Buffer.alloc(bytes)).catch(() => undefined);
        return Promise.resolve({ stream: stream?.id });
      },
    },
  ],
};

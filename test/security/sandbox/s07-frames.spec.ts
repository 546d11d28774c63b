// S-07: ten thousand fuzzed lines, a million in the campaign, against the host's end of the pipe and the broker behind it. None may crash it, none may change a prototype,
// none may reach a capability that was not granted.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { systemClock, systemTimers } from '@kari/platform/time';
import type { BrokerBinding } from '../../../libs/sandbox/src/broker/broker.js';
import type { KillReason } from '../../../libs/sandbox/src/launcher/exit-reason.rules.js';
import type { LaunchedProcess } from '../../../libs/sandbox/src/launcher/launcher.port.js';
import { SandboxChannel } from '../../../libs/sandbox/src/supervision/sandbox-channel.js';
import { reportCounts } from '../../support/record.js';
import { SandboxWorld, tenantA } from '../../support/sandbox-world.js';
import { seedOf } from '../../support/seed.js';
import { patienceFor, sizeOf } from '../../support/size.js';

const FRAMES = sizeOf('S-07', { t1: 10_000, t3: 1_000_000 });
/** As many are made at once. */
const BLOCK = 10_000;

let world: SandboxWorld;
let performed = 0;

beforeAll(async () => {
  world = await SandboxWorld.open({ level: 'L1' });
  world.capabilities.set('kv', {
    name: 'kv',
    openToAll: false,
    operations: [
      {
        name: 'put',
        schema: { safeParse: (data: unknown) => ({ success: true, data }) } as never,
        audit: 'all',
        allows: () => ({ allowed: true }),
        perform: () => Promise.resolve((performed += 1)),
      },
    ],
  });
  world.install('export {}', { manifest: {} });
});
afterAll(() => world.close());

/** A process that exists only as two ends of a pipe. */
function pipe(): {
  readonly launched: LaunchedProcess;
  say(bytes: Uint8Array): void;
  readonly killed: KillReason[];
  readonly answers: Uint8Array[];
} {
  let listener: (chunk: Uint8Array) => void = () => undefined;
  const killed: KillReason[] = [];
  const answers: Uint8Array[] = [];
  const launched: LaunchedProcess = {
    process: 'p',
    pid: 1,
    level: 'L1',
    write: (line) => void answers.push(line),
    pause: () => undefined,
    resume: () => undefined,
    onOutput: (heard) => (listener = heard),
    onLog: () => undefined,
    use: () => null,
    freeze: () => false,
    kill: (reason) => void killed.push(reason),
    ended: new Promise(() => undefined),
  };
  return { launched, say: (bytes) => listener(bytes), killed, answers };
}

const binding: BrokerBinding = {
  tenant: tenantA,
  extension: 'acme.notes',
  version: '1.0.0',
  invocation: () => null,
  manifest: {},
  ownDeadlineMs: 1000,
  openStream: () => {
    throw new Error('no streams here');
  },
  readStream: () => {
    throw new Error('no streams here');
  },
  logged: () => undefined,
};

const nasty = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '\u0000',
  '\ud800',
  '',
  'a'.repeat(5000),
);
const value = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom(null, true, 0, -1, 1.5, 2 ** 53, 1e308, '', 'kv.put'),
    nasty,
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(nasty, fc.string({ maxLength: 8 })), tie('node'), { maxKeys: 4 }),
  ),
})).node;
const method = fc.oneof(
  fc.constantFrom(
    'log',
    'metric',
    'cancel',
    'kv.put',
    'config.read',
    'log.write',
    'stream.open',
    'stream.chunk',
    'stream.credit',
    'stream.end',
    'stream.abort',
    'ping',
    'load',
  ),
  nasty,
  fc.string(),
);
const identifier = fc.oneof(fc.integer({ min: -2, max: 60 }), fc.constantFrom('1', null, 1.5, 2 ** 60, {}, [1]));
const frame = fc.oneof(
  fc.record(
    { jsonrpc: fc.constantFrom('2.0', '2.0', '2.0', '1.0', 2), id: identifier, method, params: value },
    { requiredKeys: ['jsonrpc'] },
  ),
  fc.record({
    jsonrpc: fc.constant('2.0'),
    method,
    params: fc.record({ request: value, stream: identifier, data: value, bytes: identifier, invocation: value }, { requiredKeys: [] }),
  }),
  fc.record({ jsonrpc: fc.constant('2.0'), id: identifier, result: value }),
  fc.record({ jsonrpc: fc.constant('2.0'), id: identifier, error: value }),
  value,
);
// JSON.stringify would drop an own `__proto__` of a literal but keeps one made by a dictionary; duplicates and bad tokens are spliced in as text.
const text = frame.map((built) => JSON.stringify(built) ?? 'undefined');
const mutated = fc
  .tuple(
    text,
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.constantFrom('{', '[', '"', '\\', '\\u0000', '\\ud800', 'NaN', '1e999', '"__proto__":1,', '"id":1,"id":2,', '\n', ',', '\u00ff'),
      ),
      { maxLength: 3 },
    ),
  )
  .map(([line, edits]) =>
    edits.reduce((changed, [at, insert]) => {
      const place = changed.length === 0 ? 0 : at % changed.length;
      return changed.slice(0, place) + insert + changed.slice(place);
    }, line),
  );
/** Frames that are well formed, whatever they ask for. */
const polite = fc.record({
  jsonrpc: fc.constant('2.0'),
  id: fc.integer({ min: 1, max: 1e9 }),
  method: fc.constantFrom('kv.put', 'kv.drop', 'config.read', 'log.write', 'metrics.record', 'invoke', 'toString'),
  params: fc.record({ request: fc.jsonValue({ maxDepth: 3 }), invocation: fc.constantFrom('x', 'y') }, { requiredKeys: ['request'] }),
});
const bytes = fc.oneof(
  { weight: 4, arbitrary: polite.map((built) => Buffer.from(`${JSON.stringify(built)}\n`)) },
  { weight: 6, arbitrary: mutated.map((line) => Buffer.from(`${line}\n`)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((raw) => Buffer.concat([raw, Buffer.from('\n')])) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 3000 })
      .map((depth) => Buffer.from(`{"jsonrpc":"2.0","method":"log","params":${'['.repeat(depth)}${']'.repeat(depth)}}\n`)),
  },
);

describe('fuzzed frames (S-07)', () => {
  it(
    'crash nothing, change no prototype, reach nothing that was not granted',
    async () => {
      const seed = seedOf('S-07');
      const prototypes = () => [Object.prototype, Array.prototype, Function.prototype].map((one) => Reflect.ownKeys(one).length);
      const before = prototypes();
      const unhandled: unknown[] = [];
      const note = (reason: unknown) => void unhandled.push(reason);
      process.on('unhandledRejection', note);
      let faults = 0;
      let answered = 0;
      let end = pipe();
      const open = (to: ReturnType<typeof pipe>) =>
        new SandboxChannel(
          to.launched,
          {
            onCall: (called, params, signal) => world.broker.call(binding, called, params, signal),
            onNotification: (told, params) => world.broker.notify(binding, told, params),
            onFault: () => undefined,
          },
          // A clock that runs: the rate limit must not hide frames from this test.
          { now: systemClock.now, monotonic: () => (ticks += 100) },
          systemTimers,
        );
      let ticks = 0;
      open(end);
      for (let done = 0; done < FRAMES; done += BLOCK) {
        for (const line of fc.sample(bytes, { numRuns: Math.min(BLOCK, FRAMES - done), seed: seed + done })) {
          end.say(line);
          // Answers leave in later turns of the loop.
          await new Promise(setImmediate);
          if (end.killed.length === 0) continue;
          faults += 1;
          answered += end.answers.length;
          end = pipe();
          open(end);
        }
        world.audited.length = 0;
      }
      await new Promise(setImmediate);
      process.off('unhandledRejection', note);
      reportCounts('S-07', { frames: FRAMES, faults, answered, performed, unhandled: unhandled.length });
      expect(unhandled).toEqual([]);
      expect(prototypes()).toEqual(before);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      expect(performed).toBe(0);
      // The fuzz is worth something only if it met both a closed door and an open one.
      expect(faults).toBeGreaterThan(FRAMES / 10);
      expect(answered).toBeGreaterThan(FRAMES / 100);
    },
    patienceFor(60_000),
  );

  it.each([
    ['a key that is __proto__', '{"jsonrpc":"2.0","method":"log","params":{"__proto__":{"polluted":1}}}', 'protocol'],
    ['half a million levels', `{"jsonrpc":"2.0","method":"log","params":${'['.repeat(500_000)}`, 'protocol'],
    ['two ids, of which the last counts', '{"jsonrpc":"2.0","id":1,"id":2,"method":"config.read","params":{"request":{}}}', null],
  ])('%s', (_, line, expected) => {
    const end = pipe();
    new SandboxChannel(
      end.launched,
      { onCall: () => Promise.resolve(1), onNotification: () => undefined, onFault: () => undefined },
      systemClock,
      systemTimers,
    );
    end.say(Buffer.from(`${line}\n`));
    expect(end.killed[0] ?? null).toBe(expected);
  });

  it('deep nesting is refused before it is parsed and before anybody is told of it (S-07)', () => {
    const end = pipe();
    let served = 0;
    new SandboxChannel(
      end.launched,
      { onCall: () => Promise.resolve((served += 1)), onNotification: () => (served += 1), onFault: () => undefined },
      systemClock,
      systemTimers,
    );
    const depth = 200;
    end.say(Buffer.from(`{"jsonrpc":"2.0","method":"log","params":${'['.repeat(depth)}${']'.repeat(depth)}}\n`));
    expect([end.killed, served]).toEqual([['protocol'], 0]);
  });
});

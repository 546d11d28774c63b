import { beforeEach, describe, expect, it } from '@jest/globals';
import { rejected, Rejection } from '@kari/kernel';
import { settled } from '@kari/kernel/testing';
import type { PluginRun } from '../contract.js';
import { A, B, contract, hanging, manifestOf, pluginRoom, type PluginRoom } from './testing/plugin-room.js';

const unsafe = contract({ effect: 'write', idempotent: false });
const failing = contract({
  errors: {
    BUSY: { description: 'try later', retryable: true, details: { type: 'object', required: ['left'] } },
    WRONG: { description: 'no' },
  },
});

let room: PluginRoom;
beforeEach(() => {
  room = pluginRoom();
  room.install(manifestOf('acme.math', { 'math.double': contract(), 'math.write': unsafe, 'math.fail': failing }));
  room.install(manifestOf('acme.spare', { 'math.spare': contract() }));
  room.behave('acme.math', 'math.double', ({ input }) => ({ n: (input as { n: number }).n * 2 }));
  room.behave('acme.spare', 'math.spare', () => ({ n: -1 }));
});

async function refusal(attempt: Promise<unknown>): Promise<Rejection> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof Rejection) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('a call', () => {
  it('answers the output with who gave it', async () => {
    expect(await room.call('math.double@1', { n: 4 })).toEqual({
      output: { n: 8 },
      extension: 'acme.math',
      version: '3.0.1',
      contract: 'math.double@1.2.0',
      milliseconds: 0,
      attempts: 1,
      fellBackFrom: null,
    });
    expect(room.invocations[0]).toMatchObject({
      tenant: A,
      extension: 'acme.math',
      handler: 'plugin:math.double',
      depth: 0,
      deadlineMs: 30_000,
      context: { correlationId: 'correlation', actor: { kind: 'user', id: 'someone' } },
    });
  });

  it('holds the input to the contract before anything runs', async () => {
    const error = await refusal(room.call('math.double', { n: 'four' }));
    expect([error.code, error.facts]).toEqual([
      'PLUGIN_INPUT_INVALID',
      { plugin: 'math.double@1.2.0', pointer: '/n', reason: 'must be integer' },
    ]);
    expect(room.invocations).toEqual([]);
  });

  it.each([{ n: 'eight' }, { n: 8, extra: 1 }, null, undefined, 'text', []])(
    'holds a lying extension to its contract: %j',
    async (output) => {
      room.behave('acme.math', 'math.double', () => output);
      const error = await refusal(room.call('math.double', { n: 4 }));
      expect(error).toMatchObject({
        code: 'PLUGIN_OUTPUT_INVALID',
        facts: { extension: 'acme.math', version: '3.0.1', plugin: 'math.double@1.2.0' },
      });
    },
  );

  it('passes on a declared error with its code and sound details', async () => {
    const fail = (facts: Record<string, unknown>) =>
      room.behave('acme.math', 'math.fail', () => Promise.reject(rejected('PLUGIN_FAILED', facts)));
    fail({ code: 'BUSY', message: 'full', details: { left: 3 } });
    expect(await refusal(room.call('math.fail'))).toMatchObject({
      code: 'PLUGIN_FAILED',
      facts: { plugin: 'math.fail@1.2.0', extension: 'acme.math', code: 'BUSY', declared: true, message: 'full', details: { left: 3 } },
    });
    fail({ code: 'BUSY', message: '', details: { other: 'x' } });
    const lying = await refusal(room.call('math.fail'));
    expect(lying.facts).toMatchObject({ code: 'BUSY', message: 'try later' });
    expect(lying.facts).not.toHaveProperty('details');
    fail({ code: 'MADE_UP', message: 'x', details: { canary: 1 } });
    expect((await refusal(room.call('math.fail'))).facts).toEqual({
      plugin: 'math.fail@1.2.0',
      extension: 'acme.math',
      code: 'MADE_UP',
      declared: false,
      message: 'x',
    });
  });

  it('says which schema cannot be used', async () => {
    room.install(manifestOf('acme.bad', { 'bad.schema': contract({ input: { $ref: 'https://evil.example/schema.json' } }) }));
    expect(await refusal(room.call('bad.schema'))).toMatchObject({
      code: 'PLUGIN_CONTRACT_UNUSABLE',
      facts: { extension: 'acme.bad', side: 'input' },
    });
  });

  it('Z-02 sees only the plugins of its tenant', async () => {
    expect((await refusal(room.call('math.double', { n: 1 }, { tenant: B }))).code).toBe('PLUGIN_NOT_FOUND');
    expect(room.plugins.catalogue(B)).toEqual([]);
    expect(room.plugins.catalogue(A).map(({ intent }) => intent)).toEqual(['math.double', 'math.fail', 'math.spare', 'math.write']);
  });

  it('refuses the ninth call of a chain', async () => {
    await room.call('math.double', { n: 1 }, { depth: 8 });
    expect(await refusal(room.call('math.double', { n: 1 }, { depth: 9 }))).toMatchObject({
      code: 'PLUGIN_DEPTH_EXCEEDED',
      facts: { depth: 9, limit: 8 },
    });
    expect(room.invocations).toHaveLength(1);
  });
});

describe('time and cancellation', () => {
  it('end a call that does not answer, and tell the sandbox', async () => {
    const seen = { cancelled: false };
    room.behave('acme.math', 'math.double', hanging(seen));
    const call = refusal(room.call('math.double', { n: 1 }, { deadlineMs: 1_000 }));
    await room.clock.advance(1_000);
    expect(await call).toMatchObject({ code: 'PLUGIN_DEADLINE', facts: { milliseconds: 1_000 } });
    expect(seen.cancelled).toBe(true);
    expect(room.clock.pending).toBe(0);
  });

  it('are never more than 15 minutes', async () => {
    await room.call('math.double', { n: 1 }, { deadlineMs: 1e9 });
    expect(room.invocations[0]?.deadlineMs).toBe(900_000);
  });

  it('cancel when the caller does', async () => {
    const gone = new AbortController();
    room.behave('acme.math', 'math.double', hanging());
    const call = refusal(room.call('math.double', { n: 1 }, { signal: gone.signal }));
    await settled();
    gone.abort();
    expect((await call).code).toBe('PLUGIN_CANCELLED');
    expect((await refusal(room.call('math.double', { n: 1 }, { signal: gone.signal }))).code).toBe('PLUGIN_CANCELLED');
  });

  it('of one step leave the chain alive', async () => {
    room.behave('acme.math', 'math.double', hanging());
    const call = room.call('math.double', { n: 1 }, { timeoutMs: 500, fallback: { plugin: 'math.spare' } });
    await room.clock.advance(500);
    expect(await call).toMatchObject({ output: { n: -1 }, extension: 'acme.spare', fellBackFrom: 'PLUGIN_TIMEOUT', attempts: 2 });
    expect(room.invocations[1]?.deadlineMs).toBe(500);
  });
});

describe('W-04 tries', () => {
  const crashing = (times: number) => {
    let left = times;
    return () => (left-- > 0 ? Promise.reject(rejected('SANDBOX_CRASHED', {})) : { n: 7 });
  };

  it('go on after what may pass, with one idempotency key and growing pauses', async () => {
    room.behave('acme.math', 'math.double', crashing(2));
    const call = room.call('math.double', { n: 1 }, { retry: { attempts: 3, backoffMs: 100 } });
    await room.clock.advance(100);
    await room.clock.advance(200);
    expect(await call).toMatchObject({ output: { n: 7 }, attempts: 3 });
    expect(new Set(room.invocations.map(({ context }) => context.idempotencyKey)).size).toBe(1);
  });

  it('share the one deadline: each gets what is left', async () => {
    room.behave('acme.math', 'math.double', crashing(9));
    const call = refusal(
      room.call('math.double', { n: 1 }, { retry: { attempts: 10, backoffMs: 400, maxBackoffMs: 400 }, deadlineMs: 1_000 }),
    );
    await room.clock.advance(1_000);
    // The last pause would have passed the deadline: the real reason is told, at once.
    expect((await call).code).toBe('SANDBOX_CRASHED');
    const deadlines = room.invocations.map(({ deadlineMs }) => deadlineMs ?? 0);
    expect(deadlines[0]).toBe(1_000);
    expect(deadlines).toEqual([...deadlines].sort((left, right) => right - left));
    expect(deadlines.at(-1)).toBeLessThan(800);
  });

  it('are refused where repeating may do harm, unless the effect is named', async () => {
    room.behave('acme.math', 'math.write', crashing(1));
    expect((await refusal(room.call('math.write', { n: 1 }, { retry: { attempts: 2 } }))).code).toBe('PLUGIN_RETRY_UNSAFE');
    expect(room.invocations).toEqual([]);
    const call = room.call('math.write', { n: 1 }, { retry: { attempts: 2 }, idempotencyKey: 'order-1' });
    await room.clock.advance(1_000);
    expect(await call).toMatchObject({ attempts: 2 });
  });

  it('name an effect for this caller and plugin alone', async () => {
    const keyOf = async (more: object) => {
      await room.call('math.double', { n: 1 }, { idempotencyKey: 'same', ...more });
      return room.invocations.at(-1)?.context.idempotencyKey;
    };
    const keys = [
      await keyOf({}),
      await keyOf({}),
      await keyOf({ caller: { kind: 'extension', id: 'someone' } }),
      await keyOf({ caller: { kind: 'user', id: 'another' } }),
    ];
    expect(keys[0]).toBe(keys[1]);
    expect(new Set(keys).size).toBe(3);
  });

  it('end at what will not pass', async () => {
    room.behave('acme.math', 'math.fail', () => Promise.reject(rejected('PLUGIN_FAILED', { code: 'WRONG', message: 'no' })));
    expect((await refusal(room.call('math.fail', { n: 1 }, { retry: { attempts: 5 } }))).facts['code']).toBe('WRONG');
    expect(room.invocations).toHaveLength(1);
  });
});

describe('a fallback', () => {
  it('stands in for a plugin that is missing, broken or lying', async () => {
    expect(await room.call('no.such', { n: 1 }, { fallback: { plugin: 'math.spare' } })).toMatchObject({
      output: { n: -1 },
      fellBackFrom: 'PLUGIN_NOT_FOUND',
    });
    room.behave('acme.math', 'math.double', () => ({ n: 'lie' }));
    expect(await room.call('math.double', { n: 1 }, { fallback: { value: 'plain' } })).toMatchObject({
      output: 'plain',
      extension: '',
      fellBackFrom: 'PLUGIN_OUTPUT_INVALID',
      attempts: 1,
    });
  });

  it('is held to its own contract and fails as itself', async () => {
    room.behave('acme.spare', 'math.spare', () => ({ n: 'lie' }));
    expect((await refusal(room.call('no.such', { n: 1 }, { fallback: { plugin: 'math.spare' } }))).facts['plugin']).toBe(
      'math.spare@1.2.0',
    );
  });

  it('hides no mistake of the caller', async () => {
    expect((await refusal(room.call('math.double', { n: 'x' }, { fallback: { value: 0 } }))).code).toBe('PLUGIN_INPUT_INVALID');
  });
});

describe('a run', () => {
  const run = (mode: PluginRun['mode'], steps: PluginRun['steps'], more: Partial<PluginRun> = {}) =>
    room.plugins.run({ tenant: A, caller: { kind: 'user', id: 'someone' }, correlationId: 'c', mode, steps, ...more });

  it('in sequence passes results on', async () => {
    const result = await run(
      'sequence',
      [
        { id: 'a', plugin: 'math.double', from: { '/n': '/input/start' } },
        { id: 'b', plugin: 'math.double', from: { '': '/steps/a' } },
        { id: 'c', plugin: 'acme.math/math.double@1', from: { '/n': '/steps/b/n' } },
      ],
      { input: { start: 3 } },
    );
    expect(result.output).toEqual({ n: 24 });
    expect(result.steps.map(({ id, status, result: one }) => [id, status, one?.output])).toEqual([
      ['a', 'succeeded', { n: 6 }],
      ['b', 'succeeded', { n: 12 }],
      ['c', 'succeeded', { n: 24 }],
    ]);
  });

  it('ends at the first failure and says which step, why, and what was done', async () => {
    room.behave('acme.math', 'math.fail', () => Promise.reject(rejected('PLUGIN_FAILED', { code: 'WRONG', message: 'no' })));
    const error = await refusal(
      run('sequence', [
        { id: 'a', plugin: 'math.double', input: { n: 1 } },
        { id: 'b', plugin: 'math.fail', input: { n: 1 } },
        { id: 'c', plugin: 'math.double', input: { n: 1 } },
      ]),
    );
    expect(error).toMatchObject({
      code: 'PLUGIN_STEP_FAILED',
      facts: {
        step: 'b',
        plugin: 'math.fail',
        code: 'PLUGIN_FAILED',
        cause: { code: 'WRONG' },
        steps: [
          { id: 'a', status: 'succeeded' },
          { id: 'b', status: 'failed', code: 'PLUGIN_FAILED' },
        ],
      },
    });
    expect(room.invocations).toHaveLength(2);
  });

  it('goes on where it was told to; whoever needs the missing output fails clearly', async () => {
    const steps: PluginRun['steps'] = [
      { id: 'a', plugin: 'no.such', onError: 'continue' },
      { id: 'b', plugin: 'math.double', input: { n: 2 } },
    ];
    expect(await run('sequence', steps)).toMatchObject({
      output: { n: 4 },
      steps: [{ status: 'failed', error: { code: 'PLUGIN_NOT_FOUND' } }, { status: 'succeeded' }],
    });
    const error = await refusal(run('sequence', [...steps, { id: 'c', plugin: 'math.double', from: { '': '/steps/a' } }]));
    expect(error.facts).toMatchObject({ step: 'c', code: 'PLUGIN_STEP_INPUT_MISSING' });
  });

  it('has one deadline for all of its steps', async () => {
    room.behave('acme.math', 'math.double', async () => {
      await room.clock.sleep(400);
      return { n: 1 };
    });
    const steps = ['a', 'b', 'c'].map((id) => ({ id, plugin: 'math.double', input: { n: 1 } }));
    const error = refusal(run('sequence', steps, { deadlineMs: 1_000 }));
    await room.clock.advance(1_000);
    expect((await error).code).toBe('PLUGIN_DEADLINE');
    expect(room.invocations.map(({ deadlineMs }) => deadlineMs)).toEqual([1_000, 600, 200]);
  });

  it('in parallel runs a bounded number at once', async () => {
    let now = 0;
    let most = 0;
    room.behave('acme.math', 'math.double', async () => {
      most = Math.max(most, (now += 1));
      await room.clock.sleep(100);
      now -= 1;
      return { n: 1 };
    });
    const steps = Array.from({ length: 9 }, (_, index) => ({ id: `s${index}`, plugin: 'math.double', input: { n: 1 } }));
    const result = run('parallel', steps, { concurrency: 3 });
    await room.clock.advance(300);
    expect(Object.keys((await result).output as object)).toHaveLength(9);
    expect(most).toBe(3);
  });

  it('in parallel cancels the others when one fails', async () => {
    const seen = { cancelled: false };
    room.behave('acme.math', 'math.double', hanging(seen));
    const error = await refusal(
      run(
        'parallel',
        [
          { id: 'slow', plugin: 'math.double', input: { n: 1 } },
          { id: 'bad', plugin: 'no.such' },
          { id: 'never', plugin: 'math.spare', input: { n: 1 } },
        ],
        { concurrency: 2 },
      ),
    );
    expect(error.facts).toMatchObject({
      step: 'bad',
      code: 'PLUGIN_NOT_FOUND',
      steps: [{ id: 'slow', code: 'PLUGIN_CANCELLED' }, { id: 'bad' }, { id: 'never', code: 'PLUGIN_CANCELLED' }],
    });
    expect(seen.cancelled).toBe(true);
    expect(room.invocations.map(({ extension }) => extension)).toEqual(['acme.math']);
  });

  it('in parallel lets the others finish when told to', async () => {
    const error = await refusal(
      run(
        'parallel',
        [
          { id: 'bad', plugin: 'no.such' },
          { id: 'good', plugin: 'math.double', input: { n: 1 } },
        ],
        { concurrency: 1, cancelSiblings: false },
      ),
    );
    expect(error.facts['steps']).toEqual([
      { id: 'bad', status: 'failed', code: 'PLUGIN_NOT_FOUND' },
      { id: 'good', status: 'succeeded' },
    ]);
  });

  it('refuses a graph that cannot run before it calls anything', async () => {
    expect(
      (
        await refusal(
          run('sequence', [
            { id: 'a', plugin: 'math.double', input: { n: 1 } },
            { id: 'a', plugin: 'math.double' },
          ]),
        )
      ).code,
    ).toBe('PLUGIN_STEPS_INVALID');
    expect(room.invocations).toEqual([]);
  });
});

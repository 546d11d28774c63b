import { describe, expect, it } from '@jest/globals';
import { rejected, Unavailable, type Command, type CommandBus, type RequestContext } from '@kari/kernel';
import { manualClock } from '@kari/kernel/testing';
import { systemIds } from '@kari/platform/time';
import type { Logger } from '@kari/platform/telemetry';
import { bucketOf } from './histogram.rules.js';
import { UsageMeter } from './usage-meter.js';
import type { UsageMeasured } from './usage.events.js';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
const A = { tenant: 'a', extension: 'acme.notes', version: '1.0.0' };
const B = { ...A, tenant: 'b' };

function bench() {
  const clock = manualClock();
  const sent: { data: UsageMeasured; tenant: string; commandId: string }[] = [];
  const world: { fails: (() => Error | null) | null } = { fails: null };
  const bus = {
    send: (command: Command, context: RequestContext) => {
      sent.push({ data: command.data as UsageMeasured, tenant: context.tenant, commandId: context.commandId ?? '' });
      const error = world.fails?.() ?? null;
      return error === null ? Promise.resolve({ state: {}, revision: 0n, position: '1', changed: true }) : Promise.reject(error);
    },
  } as CommandBus;
  return { clock, sent, world, meter: new UsageMeter(bus, clock, clock, systemIds, silent) };
}

/** What a store that knows each command id once would add up to. */
const stored = (sent: readonly { data: UsageMeasured; commandId: string }[]) =>
  [...new Map(sent.map((one) => [one.commandId, one.data])).values()].reduce((sum, data) => sum + data.calls, 0);

describe('the usage meter', () => {
  it('hands on one sum for each extension in each tenant', async () => {
    const { meter, sent } = bench();
    meter.called({ ...A, milliseconds: 3, error: null });
    meter.called({ ...A, milliseconds: 3, error: 'SANDBOX_CRASHED' });
    meter.called({ ...B, milliseconds: 900, error: null });
    meter.consumed({ ...A, cpuMilliseconds: 4.4, memoryBytes: 1_000 });
    meter.consumed({ ...A, cpuMilliseconds: 4.4, memoryBytes: 500 });
    await meter.flush();
    expect(
      sent.map(({ tenant, data }) => [
        tenant,
        data.calls,
        data.errors,
        data.cpuMilliseconds,
        data.peakMemoryBytes,
        data.latency[bucketOf(3)],
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['a', 2, { SANDBOX_CRASHED: 1 }, 9, 1_000, 2],
        ['b', 1, {}, 0, 0, 0],
      ]),
    );
    expect(sent).toHaveLength(2);
  });

  it('has nothing to say when nothing happened', async () => {
    const { meter, sent } = bench();
    await meter.flush();
    await meter.stop();
    expect(sent).toEqual([]);
  });

  it('keeps the id of a measurement through every try, and loses and doubles nothing while the store is away', async () => {
    const { meter, sent, world } = bench();
    world.fails = () => new Unavailable('away', true);
    for (let round = 0; round < 5; round += 1) {
      meter.called({ ...A, milliseconds: 1, error: null });
      await meter.flush();
    }
    expect(new Set(sent.map(({ commandId }) => commandId)).size).toBe(1);
    world.fails = () => rejected('REQUEST_UNAVAILABLE', { reason: 'away' });
    await meter.flush();
    world.fails = null;
    await meter.stop();
    expect(stored(sent)).toBe(5);
  });

  it('an answer that was lost does not count twice', async () => {
    const { meter, sent, world } = bench();
    let lost = true;
    world.fails = () => (lost ? ((lost = false), new Unavailable('stored, but the answer was lost', true)) : null);
    meter.called({ ...A, milliseconds: 1, error: null });
    await meter.flush();
    await meter.flush();
    expect(sent).toHaveLength(2);
    expect(stored(sent)).toBe(1);
  });

  it('a measurement that is refused for good does not hold back the next', async () => {
    const { meter, sent, world } = bench();
    world.fails = () => rejected('REQUEST_INVALID', { operation: 'x', reason: 'y' });
    meter.called({ ...A, milliseconds: 1, error: null });
    await meter.flush();
    world.fails = null;
    meter.called({ ...A, milliseconds: 1, error: null });
    await meter.flush();
    expect(sent).toHaveLength(2);
  });

  it('counts a call in the hour it ended in', async () => {
    const { meter, sent, clock } = bench();
    meter.called({ ...A, milliseconds: 1, error: null });
    await clock.advance(3_600_000);
    meter.called({ ...A, milliseconds: 1, error: null });
    await meter.flush();
    expect(new Set(sent.map(({ data }) => data.hour)).size).toBe(2);
  });

  it('an idle sandbox fills no log: its memory is handed on each minute', async () => {
    const { meter, sent, clock } = bench();
    meter.start();
    for (let second = 0; second < 119; second += 1) {
      meter.consumed({ ...A, cpuMilliseconds: 0.1, memoryBytes: 9_000 });
      await clock.advance(1_000);
    }
    expect(sent).toHaveLength(1);
    await meter.stop();
    expect(sent).toHaveLength(2);
  });

  it('codes of an extension stay bounded', async () => {
    const { meter, sent } = bench();
    for (let code = 0; code < 100; code += 1) meter.called({ ...A, milliseconds: 1, error: `CODE_${code}` });
    await meter.flush();
    expect(Object.keys(sent[0]?.data.errors ?? {})).toHaveLength(33);
    expect(sent[0]?.data.errors['OTHER']).toBe(68);
  });

  it('what happens during a flush is in the next', async () => {
    const { meter, sent } = bench();
    meter.called({ ...A, milliseconds: 1, error: null });
    const flushing = meter.flush();
    meter.called({ ...A, milliseconds: 1, error: null });
    await flushing;
    await meter.stop();
    expect(sent.map(({ data }) => data.calls)).toEqual([1, 1]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { Unavailable } from '@kari/kernel';
import { manualClock } from '@kari/kernel/testing';
import { Redactor, type Logger } from '@kari/platform/telemetry';
import { systemIds } from '@kari/platform/time';
import type { LogLine } from './log-line.js';
import { LogRetention } from './log-retention.js';
import type { LogStore } from './log-store.js';
import { LogWriter } from './log-writer.js';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
const line = {
  tenant: 'a',
  extension: 'acme.notes',
  version: '1.0.0',
  level: 'info',
  message: 'hello',
  correlationId: 'c',
  source: 'log',
} as const;

function bench() {
  const clock = manualClock();
  const rows = new Map<string, LogLine>();
  const world = { down: false };
  const store: LogStore = {
    write: (lines) => {
      if (world.down) return Promise.reject(new Unavailable('down', true));
      for (const one of lines) rows.set(one.id, one);
      return Promise.resolve();
    },
    removeOlderThan: (time, limit) => {
      const old = [...rows.values()].filter((one) => one.writtenAt < time).slice(0, limit);
      for (const one of old) rows.delete(one.id);
      return Promise.resolve(old.length);
    },
  };
  const redactor = new Redactor();
  const writer = new LogWriter(store, redactor, clock, clock, systemIds, silent);
  return { clock, rows, world, store, redactor, writer, messages: () => [...rows.values()].map(({ message }) => message) };
}

describe('logs of extensions', () => {
  it('are kept in order, with who and for which request', async () => {
    const { writer, rows, messages } = bench();
    for (let index = 0; index < 600; index += 1) writer.take({ ...line, message: `line ${index}` });
    await writer.flush();
    expect(messages()).toEqual(Array.from({ length: 600 }, (_, index) => `line ${index}`));
    expect([...rows.keys()]).toEqual([...rows.keys()].sort());
    expect([...rows.values()][0]).toMatchObject({ tenant: 'a', extension: 'acme.notes', level: 'info', source: 'log', correlation: 'c' });
  });

  it('hold no secret that was learnt, named or shaped like one, and forge no line (U-05, S-10)', async () => {
    const { writer, rows, redactor } = bench();
    redactor.learn('canary-4711-secret');
    writer.take({
      ...line,
      message: 'got canary-4711-secret and Bearer abcdef123456\r\n{"level":"error"} \u001b[2J',
      fields: { deep: { api_key: 'k-12345678', list: [{ text: 'canary-4711-secret' }] } },
    });
    await writer.flush();
    const kept = JSON.stringify([...rows.values()]);
    expect(kept).not.toMatch(/canary-4711|abcdef123456|k-12345678/);
    expect(/[\u0000-\u001f\u007f-\u009f]/.test([...rows.values()][0]?.message ?? '')).toBe(false);
  });

  it('of one that floods are cut, and the cut is said; others are not touched', async () => {
    const { writer, clock, messages } = bench();
    for (let index = 0; index < 5_000; index += 1) writer.take({ ...line, message: 'flood' });
    writer.take({ ...line, tenant: 'b', message: 'of b' });
    await clock.advance(1_000);
    writer.take({ ...line, message: 'after' });
    await writer.flush();
    expect(messages().filter((message) => message === 'flood')).toHaveLength(1_000);
    expect(messages().slice(-3)).toEqual(['of b', '4000 lines were dropped: more than 100 a second', 'after']);
  });

  it('wait while the store is away, within bounds, and are written once when it is back', async () => {
    const { writer, world, messages } = bench();
    world.down = true;
    writer.take({ ...line, message: 'one' });
    await writer.flush();
    writer.take({ ...line, message: 'two' });
    world.down = false;
    await writer.stop();
    expect(messages()).toEqual(['one', 'two']);
  });

  it('fields too large are cut, not the line', async () => {
    const { writer, rows } = bench();
    writer.take({ ...line, fields: Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`f${index}`, 'x'.repeat(1_000)])) });
    await writer.flush();
    expect([...rows.values()][0]).toMatchObject({ message: 'hello', fields: { '[cut]': 'larger than 8 KiB' } });
  });

  it('are removed when their time is over, in batches', async () => {
    const { writer, store, clock, rows } = bench();
    for (let index = 0; index < 900; index += 1) writer.take(line);
    await writer.flush();
    await clock.advance(15 * 86_400_000);
    writer.take({ ...line, message: 'young' });
    await writer.flush();
    const retention = new LogRetention(store, 14, clock, clock, silent);
    await retention.run();
    expect([...rows.values()].map(({ message }) => message)).toEqual(['young']);
    await retention.stop();
  });
});

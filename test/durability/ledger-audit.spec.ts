// The judge of the kill campaigns proves itself first: each loss it is there for, planted by hand, is found.
import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@kari/kernel';
import { booked, ledgerStream } from './programs/booking.js';
import { LedgerAudit } from './ledger-audit.js';

const event = (position: number, number: number, id: string): RecordedEvent => ({
  ...booked('a', number, id),
  stream: ledgerStream('a'),
  revision: BigInt(number),
  position: String(position),
  recordedAt: '2026-01-01T00:00:00.000Z',
});
const whole = [event(1, 0, 'x'), event(2, 1, 'y')];

async function judged(log: readonly RecordedEvent[]) {
  const audit = new LedgerAudit();
  ['started', 'ack a 0 x', 'ack a 1 y'].forEach((line) => audit.heard(line));
  const { lost, duplicates, gaps, torn } = await audit.judge(asLog(log));
  return { lost, duplicates, gaps, torn };
}

async function* asLog(log: readonly RecordedEvent[]): AsyncIterable<RecordedEvent> {
  yield* await Promise.resolve(log);
}

describe('the audit of a ledger', () => {
  it.each<[string, readonly RecordedEvent[], object]>([
    ['a whole log', whole, {}],
    ['events that nobody was told of', [...whole, event(3, 2, 'z'), event(4, 3, 'u')], {}],
    ['a lost append', [], { lost: 2 }],
    ['a lost append whose place was taken by another', [event(1, 0, 'p'), event(2, 1, 'q')], { lost: 2 }],
    ['half of an append', [event(1, 0, 'x')], { lost: 1, torn: 1 }],
    ['an event twice', [...whole, event(3, 2, 'y'), event(4, 3, 'z')], { duplicates: 1 }],
    ['a hole in the log', [event(1, 0, 'x'), event(3, 1, 'y')], { gaps: 1 }],
    ['a hole in a stream', [event(1, 0, 'x'), event(2, 2, 'y')], { gaps: 1, lost: 1 }],
  ])('judges %s', async (_, log, found) => {
    expect(await judged(log)).toEqual({ lost: 0, duplicates: 0, gaps: 0, torn: 0, ...found });
  });
});

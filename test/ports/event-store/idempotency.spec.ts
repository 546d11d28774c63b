// D-07: what a repeat answers, cell by cell, as the adapter declares it. Every combination is tried; the table is the promise.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AppendItem, AppendResult, EventStore, EventStoreCapabilities, ExpectedVersion, NewEvent } from '@kari/kernel';
import { collect, fact, freshStream, item, TRUNCATABLE } from './facts.js';
import { stores, type OpenStore } from './stores.js';

/** What comes the second time, against [a, b, c] that was written the first time. */
const retries = {
  same: (events) => events,
  'with other metadata': (events) => events.map((event) => ({ ...event, meta: { ...event.meta, correlationId: 'another' } })),
  'without the last': (events) => events.slice(0, -1),
  'the last alone': (events) => events.slice(-1),
  'with one more': (events) => [...events, fact({ n: 'more' })],
  'one more in front': (events) => [fact({ n: 'more' }), ...events],
  'another body': (events) => events.map((event, n) => (n === 1 ? { ...event, data: { n: 'changed' } } : event)),
  'another type': (events) => events.map((event, n) => (n === 2 ? { ...event, type: 'NoteChanged' } : event)),
  'another version': (events) => events.map((event, n) => (n === 0 ? { ...event, version: 2 } : event)),
  reordered: (events) => events.toReversed(),
  'to another stream': (events) => events,
} satisfies Record<string, (events: readonly NewEvent[]) => readonly NewEvent[]>;
type Retry = keyof typeof retries;

/** The first write's expectation by what the stream held before. */
const firsts = { 'an empty stream': ['none', 'any'], 'a stream of two': [1n, 'exists', 'any'] } as const satisfies Record<
  string,
  readonly ExpectedVersion[]
>;

/** What the repeat expects. `shifted`: an explicit version under which the events would have come to stand one place later. */
const expectations = ['as before', 'explicit', 'any', 'shifted'] as const;
type Expectation = (typeof expectations)[number];

const since = ['nothing happened', 'the stream went on', 'the stream was deleted'] as const;

const R = 'repeated';
const C = 'conflict';
const open = 'open';
/** By retry, then for each of `expectations` where the first write's was explicit / was not. */
type Row = readonly [asBefore: string, explicit: string, any: string, shifted: string];
const promised: Readonly<Record<EventStoreCapabilities['idempotency'], (retry: Retry, wasExplicit: boolean) => Row>> = {
  full: (retry) => {
    if (retry === 'same' || retry === 'with other metadata' || retry === 'without the last') return [R, R, R, C];
    // Under the version that the whole batch had, the last event alone would stand elsewhere; under no version it stands where it does.
    if (retry === 'the last alone') return ['by expectation', C, R, C];
    return [C, C, C, C];
  },
  explicitOnly: (retry, wasExplicit) => {
    const full = retry === 'same' || retry === 'with other metadata';
    return [full && wasExplicit ? R : open, full ? R : open, open, open];
  },
};

describe.each(Object.keys(stores))('D-07 idempotency: %s', (adapter) => {
  let opened: OpenStore;
  let store: EventStore;
  beforeAll(async () => {
    opened = await (stores[adapter] as () => Promise<OpenStore>)();
    store = opened.store;
  });
  afterAll(() => opened.close());

  const cells = Object.entries(firsts).flatMap(([history, expecteds]) =>
    expecteds.flatMap((expected) =>
      since.flatMap((change) =>
        (Object.keys(retries) as Retry[]).flatMap((retry) =>
          expectations.map((expectation) => ({ history, expected, change, retry, expectation })),
        ),
      ),
    ),
  );

  it(`answers all ${cells.length} cells of the declared table`, async () => {
    const differences: string[] = [];
    for (const cell of cells) {
      const { found, wanted } = await play(cell);
      if (wanted !== open && found !== wanted) differences.push(`${JSON.stringify(cell, printable)}: ${found} instead of ${wanted}`);
    }
    expect(differences).toEqual([]);
  });

  async function play(cell: (typeof cells)[number]): Promise<{ found: string; wanted: string }> {
    const stream = freshStream(TRUNCATABLE);
    const before = cell.history === 'a stream of two' ? 2 : 0;
    if (before > 0) await store.append([item(stream, 'none', fact({ n: -2 }), fact({ n: -1 }))]);
    const events = [fact({ n: 0 }), fact({ n: 1 }), fact({ n: 2 })];
    const [first] = await store.append([item(stream, cell.expected, ...events)]);
    expect(first).toMatchObject({ ok: true, repeated: false, revision: BigInt(before + 2) });
    if (cell.change === 'the stream went on') await store.append([item(stream, BigInt(before + 2), fact({ n: 3 }))]);
    if (cell.change === 'the stream was deleted') await store.tombstone(stream);

    const target = cell.retry === 'to another stream' ? freshStream(TRUNCATABLE) : stream;
    const again: AppendItem = item(target, expectationOf(cell.expectation, cell.expected, before), ...retries[cell.retry](events));
    const headBefore = await store.head();
    const [result] = await store.append([again]);
    const found = nameOf(result);
    // Whatever the answer, a repeat never writes.
    if (found !== 'appended') expect(await store.head()).toBe(headBefore);
    if (found === R && result?.ok === true && first?.ok === true) {
      const missing = cell.retry === 'without the last' ? 1n : 0n;
      expect([result.revision, result.position]).toEqual([first.revision - missing, (BigInt(first.position) - missing).toString()]);
    }
    if (cell.change !== 'the stream was deleted') {
      expect(await collect(store.readStream(stream))).toHaveLength(before + 3 + (cell.change === 'the stream went on' ? 1 : 0));
    }
    return { found, wanted: wantedOf(cell) };
  }

  function wantedOf({ expected, change, retry, expectation, history }: (typeof cells)[number]): string {
    if (change === 'the stream was deleted') {
      if (retry !== 'to another stream') return 'deleted';
      // Deleted with its events, their ids are free again: another stream takes them if it is expected to be new.
      return isNew(expectationOf(expectation, expected, history === 'a stream of two' ? 2 : 0)) ? 'appended' : 'wrong version';
    }
    const explicit = expected === 'none' || typeof expected === 'bigint';
    const answer = promised[store.capabilities.idempotency](retry, explicit)[expectations.indexOf(expectation)] ?? open;
    return answer === 'by expectation' ? (explicit ? C : R) : answer;
  }
});

function expectationOf(expectation: Expectation, first: ExpectedVersion, before: number): ExpectedVersion {
  if (expectation === 'as before') return first;
  if (expectation === 'any') return 'any';
  if (expectation === 'shifted') return BigInt(before);
  return before === 0 ? 'none' : BigInt(before - 1);
}

function isNew(expected: ExpectedVersion): boolean {
  return expected === 'any' || expected === 'none';
}

function nameOf(result: AppendResult | undefined): string {
  if (result?.ok === true) return result.repeated ? R : 'appended';
  const names: Readonly<Record<string, string>> = { DuplicateConflict: C, StreamDeleted: 'deleted', WrongExpectedVersion: 'wrong version' };
  return names[result?.error.name ?? ''] ?? String(result?.error);
}

function printable(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

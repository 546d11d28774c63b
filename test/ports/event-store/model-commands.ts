// Operations on the model and the real store side by side; numbers choose what they act on, so that a failing run shrinks.
import { expect } from '@jest/globals';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import {
  DuplicateConflict,
  Rejection,
  StreamDeleted,
  WrongExpectedVersion,
  type AppendItem,
  type AppendResult,
  type EventStore,
  type ExpectedVersion,
  type NewEvent,
  type RecordedEvent,
  type StreamId,
} from '@kari/kernel';
import { collect, fact } from './facts.js';
import type { ModelEvent, ModelResult, ReferenceModel } from './reference-model.js';

interface Real {
  readonly store: EventStore;
  readonly streams: readonly StreamId[];
  /** Position of the head when the run began. */
  readonly base: bigint;
  /** Operations done, over all runs. */
  readonly count: { operations: number };
}

type Command = fc.AsyncCommand<ReferenceModel, Real>;
const TYPES = ['NoteTaken', 'NoteChanged', 'NoteDropped'];
const CATEGORIES = ['test.note', 'test.other', 'workflow.run'];

const small = fc.nat({ max: 11 });
const body = fc
  .oneof(
    fc.record({ n: fc.integer(), text: fc.string({ unit: 'binary', maxLength: 8 }).filter(isStorable) }, { requiredKeys: [] }),
    fc.jsonValue({ maxDepth: 2 }).filter((value) => isStorable(JSON.stringify(value))),
  )
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const newEvents = fc.array(fc.tuple(fc.nat({ max: 2 }), body), { minLength: 1, maxLength: 4 });
const expectation = fc.constantFrom('any', 'none', 'exists', 'actual', 'actual', 'actual', 'behind', 'ahead');
const filter = fc.record({ types: fc.subarray(TYPES), categories: fc.subarray(CATEGORIES, { minLength: 1 }) }, { requiredKeys: [] });

export const commands: fc.Arbitrary<Command>[] = [
  fc.tuple(small, expectation, newEvents).map(([stream, expected, events]) =>
    operation(`append ${stream} ${expected} ${events.length}`, async (model, real) => {
      await compareAppend(model, real, [fresh(model, real, stream, expected, events)]);
    }),
  ),
  fc.array(fc.tuple(small, expectation, newEvents), { minLength: 2, maxLength: 5 }).map((items) =>
    operation(`append ${items.length} items`, async (model, real) => {
      // Later items see what earlier ones wrote: each is made when the model has the ones before.
      const made = items.map(([stream, expected, events]) => {
        const item = fresh(model, real, stream, expected, events);
        return { item, expected: model.append(item) };
      });
      const results = await real.store.append(made.map(({ item }) => item));
      made.forEach(({ item, expected: wanted }, index) => same(shown(results[index], real), wanted && shownModel(wanted, item)));
    }),
  ),
  fc
    .tuple(
      fc.nat(),
      fc.constantFrom('same', 'same', 'other body', 'other type', 'prefix', 'more', 'other stream', 'reversed', 'any', 'exists'),
      small,
    )
    .map(([which, how, stream]) =>
      operation(`repeat ${which} ${how}`, async (model, real) => {
        const sent = model.sent[which % Math.max(1, model.sent.length)];
        if (sent !== undefined) await compareAppend(model, real, [altered(sent, how, real, stream)]);
      }),
    ),
  fc.tuple(small, small, small, fc.boolean(), fc.nat({ max: 15 })).map(([stream, from, to, backwards, limit]) =>
    operation(`read ${stream} ${from}..${to} ${backwards ? 'backwards' : 'forwards'} ${limit}`, async (model, real) => {
      const name = streamAt(real, stream);
      const [low, high] = [Math.min(from, to), Math.max(from, to)];
      const options = backwards
        ? { direction: 'backwards' as const, from: BigInt(high), to: BigInt(low), limit }
        : { from: BigInt(low), to: BigInt(high), limit };
      const found = await collect(real.store.readStream(name, options)).catch(thrown);
      same(found instanceof Array ? found.map((event) => plain(event, real)) : found, model.readStream(name, low, high, backwards, limit));
    }),
  ),
  fc.tuple(small).map(([stream]) =>
    operation(`read ${stream}`, async (model, real) => {
      const name = streamAt(real, stream);
      const found = await collect(real.store.readStream(name)).catch(thrown);
      same(found instanceof Array ? found.map((event) => plain(event, real)) : found, model.readStream(name, 0, Infinity, false, Infinity));
    }),
  ),
  fc.tuple(fc.nat({ max: 40 }), filter, fc.nat({ max: 30 })).map(([after, chosen, limit]) =>
    operation(`read all after ${after}`, async (model, real) => {
      const found = await collect(real.store.readAll({ after: (real.base + BigInt(after)).toString(), filter: chosen, limit }));
      same(
        found.map((event) => plain(event, real)),
        model.readAll(after, chosen, limit),
      );
      same(BigInt(await real.store.head()) - real.base, BigInt(model.head));
    }),
  ),
  fc.tuple(fc.nat({ max: 40 }), filter, fc.integer({ min: 1, max: 9 })).map(([after, chosen, batch]) =>
    operation(`subscribe after ${after} by ${batch}`, async (model, real) => {
      const start = Math.min(after, model.head);
      const seen: RecordedEvent[] = [];
      let position = real.base + BigInt(start);
      const subscription = real.store.subscribe({ after: position.toString(), filter: chosen, batch }, (given) => {
        same([given.events.length <= batch, BigInt(given.position) > position], [true, true]);
        position = BigInt(given.position);
        seen.push(...given.events);
        return Promise.resolve();
      });
      await subscription.reached(await real.store.head());
      await subscription.stop();
      await subscription.ended;
      same(
        seen.map((event) => plain(event, real)),
        model.readAll(start, chosen, Infinity),
      );
    }),
  ),
  fc.tuple(small, small).map(([stream, before]) =>
    operation(`truncate ${stream} before ${before}`, async (model, real) => {
      const name = streamAt(real, stream);
      const outcome = await real.store.truncateBefore(name, BigInt(before)).then(() => 'done', thrown);
      same(outcome, model.truncate(name, before));
      await compareMetadata(model, real, name);
    }),
  ),
  fc.tuple(small, fc.nat({ max: 3 })).map(([stream, often]) =>
    operation(`tombstone ${stream}`, async (model, real) => {
      const name = streamAt(real, stream);
      // Seldom: a run with every stream deleted has nothing more to say.
      if (often > 0) return compareMetadata(model, real, name);
      same(await real.store.tombstone(name).then(() => 'done', thrown), model.tombstone(name));
      await compareMetadata(model, real, name);
    }),
  ),
];

/** The quick comparison; jest's own only words a difference. */
function same(found: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(found, wanted)) {
    expect(found).toEqual(wanted);
    expect(found).toStrictEqual(wanted);
  }
}

function operation(name: string, run: (model: ReferenceModel, real: Real) => Promise<void>): Command {
  return {
    check: () => true,
    run: async (model, real) => {
      real.count.operations += 1;
      await run(model, real);
    },
    toString: () => name,
  };
}

function fresh(
  model: ReferenceModel,
  real: Real,
  stream: number,
  expected: string,
  events: readonly (readonly [number, unknown])[],
): AppendItem {
  const name = streamAt(real, stream);
  return {
    stream: name,
    expected: expectedAt(model.last(name), expected),
    events: events.map(([type, data]) => fact(data, { type: TYPES[type] ?? 'NoteTaken', version: type + 1 })),
  };
}

function altered(sent: AppendItem, how: string, real: Real, stream: number): AppendItem {
  const [first, ...rest] = sent.events as readonly [NewEvent, ...NewEvent[]];
  switch (how) {
    case 'other body':
      return { ...sent, events: [{ ...first, data: { changed: first.data } }, ...rest] };
    case 'other type':
      return { ...sent, events: [...sent.events.slice(0, -1), { ...(sent.events.at(-1) ?? first), type: 'SomethingElse' }] };
    case 'prefix':
      return { ...sent, events: sent.events.slice(0, Math.max(1, sent.events.length - 1)) };
    case 'more':
      return { ...sent, events: [...sent.events, fact({ more: true })] };
    case 'other stream':
      return { ...sent, stream: streamAt(real, stream) };
    case 'reversed':
      return { ...sent, events: sent.events.toReversed() };
    case 'any':
    case 'exists':
      return { ...sent, expected: how };
    default:
      return {
        ...sent,
        events: sent.events.map((event) => ({ ...event, meta: { ...event.meta, occurredAt: '2026-05-05T00:00:00.000Z' } })),
      };
  }
}

async function compareAppend(model: ReferenceModel, real: Real, items: readonly AppendItem[]): Promise<void> {
  for (const item of items) {
    const wanted = model.append(item);
    if (wanted === null) continue;
    const [result] = await real.store.append([item]);
    same(shown(result, real), shownModel(wanted, item));
  }
}

async function compareMetadata(model: ReferenceModel, real: Real, name: StreamId): Promise<void> {
  const { truncateBefore, tombstoned } = await real.store.streamMetadata(name);
  const found = {
    ...(truncateBefore === undefined ? {} : { truncateBefore: Number(truncateBefore) }),
    ...(tombstoned === undefined ? {} : { tombstoned }),
  };
  same(found, model.metadata(name));
}

function shown(result: AppendResult | undefined, real: Real): unknown {
  if (result?.ok === true) {
    const position = Number(BigInt(result.position) - real.base);
    return { outcome: result.repeated ? 'repeated' : 'appended', revision: Number(result.revision), position };
  }
  const error = result?.error;
  if (error instanceof WrongExpectedVersion) return { outcome: error.name, actual: Number(error.actual), stream: error.stream };
  if (error instanceof DuplicateConflict) return { outcome: error.name, eventId: error.eventId };
  if (error instanceof StreamDeleted) return { outcome: error.name };
  return error;
}

function shownModel(result: ModelResult, item: AppendItem): unknown {
  return result.outcome === 'WrongExpectedVersion' ? { ...result, stream: item.stream } : result;
}

function plain(event: RecordedEvent, real: Real): ModelEvent {
  const { id, stream, type, version, data } = event;
  return { id, stream, type, version, data, revision: Number(event.revision), position: Number(BigInt(event.position) - real.base) };
}

function thrown(error: unknown): string {
  if (error instanceof Rejection) return error.code;
  if (error instanceof StreamDeleted) return error.name;
  throw error;
}

function streamAt(real: Real, index: number): StreamId {
  return real.streams[index % real.streams.length] as StreamId;
}

function expectedAt(last: number, how: string): ExpectedVersion {
  if (how === 'any' || how === 'none' || how === 'exists') return how;
  const revision = how === 'behind' ? last - 1 : how === 'ahead' ? last + 1 : last;
  return revision < 0 ? 'none' : BigInt(revision);
}

function isStorable(text: string): boolean {
  return !text.includes('\u0000') && !text.includes('\\u0000') && !/\p{Surrogate}/u.test(text) && !/\\u[dD][89a-fA-F]/.test(text);
}

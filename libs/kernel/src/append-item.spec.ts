import { describe, expect, it } from '@jest/globals';
import { encodeItem, MAX_BODY_LENGTH, MAX_EVENTS_PER_ITEM } from './append-item.js';
import { DuplicateConflict, InvalidEvent } from './errors.js';
import { streamId, type NewEvent, type StreamId } from './event.js';
import type { AppendItem } from './event-store.port.js';

const stream = streamId('notes.book', '00000000-0000-7000-8000-00000000000a', 'x');
const idOf = (index: number): string => `00000000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;
const meta = {
  tenant: '_',
  actor: 'a',
  actorKind: 'user',
  commandId: idOf(1),
  commandType: 'T',
  correlationId: idOf(2),
  occurredAt: '2026-01-01T00:00:00.000Z',
} as const;

function event(over: Partial<Record<keyof NewEvent, unknown>> = {}): NewEvent {
  return { id: idOf(7), type: 'NoteTaken', version: 1, data: { b: 1, a: 2 }, meta, ...over } as NewEvent;
}

function outcome(over: Partial<AppendItem>): string {
  try {
    encodeItem({ stream, expected: 'none', events: [event()], ...over });
    return 'taken';
  } catch (error) {
    if (error instanceof DuplicateConflict) return 'duplicate';
    if (error instanceof InvalidEvent) return error.message;
    throw error;
  }
}
const ofEvent = (over: Partial<Record<keyof NewEvent, unknown>>): string => outcome({ events: [event(over)] });

describe('an item of an append', () => {
  it('is encoded with its category, and bodies whose keys are in order', () => {
    const { events, ...item } = encodeItem({ stream, expected: 3n, events: [event()] });
    expect(item).toEqual({ stream, category: 'notes.book', expected: 3n });
    expect(events).toEqual([
      { id: idOf(7), type: 'NoteTaken', version: 1, data: '{"a":2,"b":1}', meta: expect.stringContaining('"actor":"a"') },
    ]);
  });

  it('holds one event to 4,096, each id once', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => event({ id: idOf(index + 100) }));
    expect(outcome({ events: [] })).toContain('an item needs at least one event');
    expect(outcome({ events: many(MAX_EVENTS_PER_ITEM) })).toBe('taken');
    expect(outcome({ events: many(MAX_EVENTS_PER_ITEM + 1) })).toContain('an item holds at most 4096 events');
    expect(outcome({ events: [event(), event()] })).toBe('duplicate');
  });

  it.each<[AppendItem['expected'], string]>([
    ['any', 'taken'],
    ['none', 'taken'],
    [0n, 'taken'],
    [2n ** 62n, 'taken'],
    [-1n, '-1 is no revision'],
    [2n ** 62n + 1n, 'is no revision'],
  ])('expects %s: %s', (expected, words) => {
    expect(outcome({ expected })).toContain(words);
  });

  it.each([
    '',
    'notes',
    'notes.book',
    'notes.book-_',
    'notes.book-_~',
    'notes.book-someone~x',
    `notes.book-_~${'x'.repeat(512)}`,
    'notes.book-_~\u0000',
    'notes.book-_~\ud800',
  ])('goes to no stream named %j', (name) => {
    expect(outcome({ stream: name as StreamId })).toContain('the stream name is not <context>.<aggregate>-<tenant>~<id>');
  });

  it('goes to a stream whose name is as long as a name may be', () => {
    const head = 'notes.book-_~';
    expect(outcome({ stream: `${head}${'x'.repeat(512 - head.length)}` as StreamId })).toBe('taken');
  });
});

describe('an event of an item', () => {
  it.each([
    ['', 'the type is no name'],
    ['x'.repeat(513), 'the type is no name'],
    ['a\nb', 'the type is no name'],
    ['a\u007f', 'the type is no name'],
    ['\ud800', 'the type is no name'],
    [7, 'the type is no name'],
    [['NoteTaken'], 'the type is no name'],
    ['x\u001fy', 'the type is no name'],
    ['x y', 'taken'],
    ['x'.repeat(512), 'taken'],
    ['Été', 'taken'],
  ])('of the type %j', (type, words) => {
    expect(ofEvent({ type })).toContain(words);
  });

  it.each(['', 'x', idOf(7).toUpperCase().replace('7', 'A'), `x${idOf(7)}`, `${idOf(7)}0`, idOf(7).replaceAll('-', '')])(
    'has no id like %j',
    (id) => {
      expect(ofEvent({ id })).toContain('the id is not a lower-case uuid');
    },
  );

  it.each([
    [1, 'taken'],
    [0x7fffffff, 'taken'],
    [0, '0 is no version'],
    [-1, '-1 is no version'],
    [1.5, '1.5 is no version'],
    [0x80000000, 'is no version'],
    [Number.NaN, 'NaN is no version'],
  ])('of the version %d', (version, words) => {
    expect(ofEvent({ version })).toContain(words);
  });

  it('has a body and metadata of a bounded length, counted as they are kept', () => {
    const quotes = 2;
    expect(ofEvent({ data: 'x'.repeat(MAX_BODY_LENGTH - quotes) })).toBe('taken');
    expect(ofEvent({ data: 'x'.repeat(MAX_BODY_LENGTH - quotes + 1) })).toContain('the body is longer than 8388608 characters');
    expect(ofEvent({ meta: 'x'.repeat(16 * 1024 - quotes) })).toBe('taken');
    expect(ofEvent({ meta: 'x'.repeat(16 * 1024 - quotes + 1) })).toContain('the metadata is longer than 16384 characters');
  });

  it('holds nothing that is no JSON', () => {
    for (const data of [1n, () => 1, Number.NaN, '\ud800']) expect([typeof data, ofEvent({ data })]).not.toEqual([typeof data, 'taken']);
  });

  it('says which part of it is no JSON, in its body as in its metadata', () => {
    expect(ofEvent({ data: { list: [1, Number.NaN] } })).toBe('event NoteTaken: /list/1 is not a finite number');
    expect(ofEvent({ meta: { ...meta, actor: 1n } })).toBe('event NoteTaken: /actor is a bigint, which JSON does not have');
  });

  it('whose body cannot even be read is no refusal but a defect', () => {
    const trap = {
      get body(): never {
        throw new RangeError('out of reach');
      },
    };
    expect(() => ofEvent({ data: trap })).toThrow(new RangeError('out of reach'));
  });

  it('names its type in every refusal', () => {
    expect(outcome({ events: [] })).toBe('event ?: an item needs at least one event');
    expect(outcome({ stream: 'notes' as StreamId })).toBe('event NoteTaken: the stream name is not <context>.<aggregate>-<tenant>~<id>');
    expect([ofEvent({ type: 7 }), ofEvent({ id: 'x' })]).toEqual([
      'event 7: the type is no name',
      'event NoteTaken: the id is not a lower-case uuid',
    ]);
    expect(ofEvent({ version: 0 })).toContain('NoteTaken');
    expect(outcome({ expected: -1n })).toContain('NoteTaken');
  });
});

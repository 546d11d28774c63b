// The catalogue at the door of either store: what is refused, what is encrypted, what is lifted.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  InvalidEvent,
  Unavailable,
  type EventDefinition,
  type EventStore,
  type NewEvent,
  type RecordedEvent,
  type Upcaster,
} from '@kari/kernel';
import { manualClock } from '@kari/kernel/testing';
import { EnvelopeKeys, memoryKeyTable, type KeyTable } from '@kari/platform/crypto';
import { catalogueOf, withCatalogue } from '@kari/platform/event-store';
import { systemIds, systemTimers } from '@kari/platform/time';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { collect, fact, freshStream, item, meta } from './facts.js';
import { stores, type OpenStore } from './stores.js';

const definitions: readonly EventDefinition[] = [
  {
    type: 'PersonMet',
    version: 2,
    schema: z.object({
      person: z.string(),
      email: z.email().nullable(),
      address: z.object({ city: z.string() }).optional(),
      place: z.string(),
    }),
    personal: ['email', 'address'],
    subject: 'person',
  },
  {
    type: 'NoteTaken',
    version: 1,
    schema: z.object({ text: z.string().max(100), tags: z.array(z.object({ name: z.string() })).default([]) }),
  },
];
const upcasters: readonly Upcaster[] = [
  {
    type: 'PersonMet',
    from: 1,
    upcast: (data) => {
      const { mail, ...rest } = data as { mail: string | null };
      return { ...rest, email: mail, place: 'unknown' };
    },
  },
];

describe.each(Object.keys(stores))('event catalogue: %s', (adapter) => {
  let open: OpenStore;
  let store: EventStore;
  let keys: EnvelopeKeys;
  const table = failableTable();
  beforeAll(async () => {
    open = await (stores[adapter] as () => Promise<OpenStore>)();
    keys = new EnvelopeKeys({
      masters: { current: { id: 'm', bytes: randomBytes(32) }, previous: [] },
      table,
      clock: manualClock(),
      rememberMilliseconds: 0,
    });
    store = withCatalogue(open.store, {
      catalogue: catalogueOf(
        () => definitions,
        () => upcasters,
      ),
      keys,
      timers: systemTimers,
    });
  });
  afterAll(() => open.close());

  const met = (data: object, overrides: Partial<NewEvent> = {}): NewEvent => fact(data, { type: 'PersonMet', version: 2, ...overrides });
  const append = async (event: NewEvent, stream = freshStream()): Promise<string> => {
    const [result] = await store.append([item(stream, 'any', event)]);
    return result?.ok === true ? 'ok' : String(result?.error.message);
  };

  it('refuses what the schema refuses, each item alone, and stores nothing of it', async () => {
    const [good, bad] = [freshStream(), freshStream()];
    const results = await store.append([
      item(good, 'none', fact({ text: 'a' })),
      item(bad, 'none', fact({ text: 'b' }), fact({ text: 5 })),
      item(good, 0n, fact({ text: 'c' })),
    ]);
    expect(results.map((result) => (result.ok ? 'ok' : result.error.constructor))).toEqual(['ok', InvalidEvent, 'ok']);
    expect(await collect(store.readStream(bad))).toEqual([]);
    expect(await collect(store.readStream(good))).toHaveLength(2);
  });

  it('says where and why', async () => {
    expect(await append(fact({ text: 5 }))).toMatch(/^event NoteTaken: \/text .*string/);
    expect(await append(fact({ text: 'a', secret: 'x' }))).toBe('event NoteTaken: /secret is not in the schema');
    expect(await append(fact({ text: 'a', tags: [{ name: 'n', colour: 1 }] }))).toBe(
      'event NoteTaken: /tags/0/colour is not in the schema',
    );
    expect(await append(fact({ text: 'a' }, { version: 2 }))).toMatch(/version 2 is not written/);
    expect(await append(fact({}, { type: 'NobodyKnows' }))).toBe('event NobodyKnows: nobody registered this type');
    expect(await append(met({ person: '', email: 'a@b.org', place: 'p' }))).toMatch(/need the id of their subject/);
    expect(await append(met({ person: 'p', email: null, place: 'p', $personal: {} }))).toMatch(/\$personal/);
  });

  it('fills in what the schema has defaults for, and lets absent keys be absent', async () => {
    const stream = freshStream();
    expect(await append(fact({ text: 'a', tags: undefined }), stream)).toBe('ok');
    expect((await collect(open.store.readStream(stream)))[0]?.data).toEqual({ text: 'a', tags: [] });
  });

  it('stores no personal field in clear, and gives it back to every reader', async () => {
    const stream = freshStream();
    const person = systemIds.next();
    const data = { person, email: 'ada.lovelace@example.org', address: { city: 'Marylebone' }, place: 'London' };
    const after = await store.head();
    expect(await append(met(data), stream)).toBe('ok');
    const raw = JSON.stringify((await collect(open.store.readStream(stream))).map((event) => event.data));
    expect(raw).not.toMatch(/ada\.lovelace|Marylebone/);
    expect(raw).toMatch(/London/);

    const subscribed: RecordedEvent[] = [];
    const subscription = store.subscribe({ after }, ({ events }) => Promise.resolve(void subscribed.push(...events)));
    await subscription.reached(await store.head());
    await subscription.stop();
    const readers = [await collect(store.readStream(stream)), await collect(store.readAll({ after })), subscribed];
    expect(readers.map((events) => events.map((event) => event.data))).toEqual([[data], [data], [data]]);
  });

  it('knows a repeat by its body although it is encrypted', async () => {
    const stream = freshStream();
    const event = met({ person: systemIds.next(), email: 'a@b.org', place: 'p' });
    const [first] = await store.append([item(stream, 'none', event)]);
    expect(await store.append([item(stream, 'none', event)])).toEqual([{ ...first, repeated: true }]);
    const changed = { ...event, data: { ...(event.data as object), email: 'c@d.org' } };
    expect((await store.append([item(stream, 'none', changed)]))[0]).toMatchObject({ ok: false, error: { name: 'DuplicateConflict' } });
  });

  it('reads null where the person was erased, and keeps the rest (U-09)', async () => {
    const stream = freshStream();
    const person = systemIds.next();
    await append(met({ person, email: 'a@b.org', address: { city: 'c' }, place: 'p' }), stream);
    await keys.erase(meta.tenant, person);
    expect((await collect(store.readStream(stream))).map((event) => event.data)).toEqual([
      { person, email: null, address: null, place: 'p' },
    ]);
    expect((await store.append([item(stream, 'any', met({ person, email: 'a@b.org', place: 'p' }))]))[0]).toMatchObject({
      ok: false,
      error: { code: 'EVENT_SUBJECT_ERASED' },
    });
    expect(await append(met({ person, email: null, place: 'p' }), stream)).toBe('ok');
  });

  it('refuses to show a ciphertext that was copied into another event', async () => {
    const [from, to] = [freshStream(), freshStream()];
    const person = systemIds.next();
    await append(met({ person, email: 'a@b.org', place: 'p' }), from);
    const [stored] = await collect(open.store.readStream(from));
    await open.store.append([item(to, 'none', fact(stored?.data, { type: 'PersonMet', version: 2 }))]);
    await expect(collect(store.readStream(to))).rejects.toMatchObject({ code: 'EVENT_SEAL_BROKEN' });
  });

  it('lifts old versions, decrypted first, and leaves strangers and later versions as they are (D-11)', async () => {
    const person = systemIds.next();
    const old = fact({}, { type: 'PersonMet', version: 1, id: systemIds.next() });
    const mail = await keys.encrypt(meta.tenant, person, JSON.stringify([old.id, 'PersonMet', 'mail']), '"a@b.org"');
    const stream = freshStream();
    await open.store.append([
      item(stream, 'none', { ...old, data: { person, $personal: { subject: person, fields: { mail } } } }),
      item(stream, 0n, fact({ any: 'thing' }, { type: 'Stranger', version: 7 })),
      item(stream, 1n, fact({ from: 'the future' }, { type: 'PersonMet', version: 3 })),
    ]);
    expect((await collect(store.readStream(stream))).map(({ version, data }) => ({ version, data }))).toEqual([
      { version: 2, data: { person, email: 'a@b.org', place: 'unknown' } },
      { version: 7, data: { any: 'thing' } },
      { version: 3, data: { from: 'the future' } },
    ]);
  });

  it('lets a subscription outlive an outage of the key table', async () => {
    const after = await store.head();
    await append(met({ person: systemIds.next(), email: 'a@b.org', place: 'p' }));
    table.failures = 2;
    const seen: unknown[] = [];
    const subscription = store.subscribe({ after }, ({ events }) => Promise.resolve(void seen.push(...events.map((event) => event.data))));
    await subscription.reached(await store.head());
    await subscription.stop();
    expect(seen).toEqual([expect.objectContaining({ email: 'a@b.org' })]);
    table.failures = 1;
    expect((await store.append([item(freshStream(), 'none', met({ person: 'p', email: 'a@b.org', place: 'p' }))]))[0]).toMatchObject({
      ok: false,
      error: { name: 'Unavailable' },
    });
  });
});

describe('event catalogue: faults of the wiring', () => {
  const of = (definition: Partial<EventDefinition>, steps: readonly Upcaster[] = []): (() => unknown) => {
    const catalogue = catalogueOf(
      () => [{ type: 'A', version: 1, schema: z.object({}), ...definition }],
      () => steps,
    );
    return () => catalogue.definition('A');
  };
  const step = (from: number, type = 'A'): Upcaster => ({ type, from, upcast: (data) => data });
  it.each([
    ['personal fields without a subject', of({ personal: ['email'] }), 'names no subject'],
    ['a subject that is encrypted', of({ personal: ['person'], subject: 'person' }), "subject's own key"],
    ['a hole in the ladder', of({ version: 4 }, [step(1), step(3)]), 'not from 2'],
    ['an upcaster beyond the version written', of({ version: 2 }, [step(1), step(2)]), 'beyond its version 2'],
    ['an upcaster of nothing', of({}, [step(1, 'B')]), 'nobody registered'],
  ])('%s', (_, use, message) => {
    expect(use).toThrow(message);
  });
});

function failableTable(): KeyTable & { failures: number } {
  const table = memoryKeyTable();
  return {
    ...table,
    failures: 0,
    find(tenant, owner) {
      if (this.failures === 0) return table.find(tenant, owner);
      this.failures -= 1;
      return Promise.reject(new Unavailable('the key table is away', true));
    },
  };
}

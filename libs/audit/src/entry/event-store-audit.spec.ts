import { describe, expect, it } from '@jest/globals';
import { Unavailable, type AuditRecord, type EventStore, type RecordedEvent } from '@kari/kernel';
import { lentStore, manualClock, MemoryEventStore } from '@kari/kernel/testing';
import { Redactor } from '@kari/platform/telemetry';
import { systemIds } from '@kari/platform/time';
import { EventStoreAudit } from './event-store-audit.adapter.js';

const TENANT = '0190a000-0000-7000-8000-000000000001';
const denied: AuditRecord = {
  tenant: TENANT,
  actor: 'ada',
  actorKind: 'user',
  operation: 'query.extensions',
  outcome: 'denied',
  subject: 'extension:acme.notes',
  code: 'REQUEST_DENIED',
  facts: { right: 'extension.read' },
  correlationId: 'c-1',
};

function bench(store: EventStore = new MemoryEventStore()) {
  const clock = manualClock();
  const redactor = new Redactor();
  return { store, clock, redactor, audit: new EventStoreAudit(store, clock, systemIds, clock, redactor) };
}

async function log(store: EventStore): Promise<RecordedEvent[]> {
  const events = [];
  for await (const event of store.readAll()) events.push(event);
  return events;
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)]) : [];
}

describe('the audit trail in the log', () => {
  it('keeps one event per record, in a stream of its own, with who, where, when and why', async () => {
    const { audit, store } = bench();
    await audit.record(denied);
    await audit.record(denied);
    const events = await log(store);
    expect(new Set(events.map((event) => event.stream)).size).toBe(2);
    expect(events[0]).toMatchObject({
      stream: `audit.entry-${TENANT}~${events[0]?.id}`,
      data: {
        operation: 'query.extensions',
        outcome: 'denied',
        subject: 'extension:acme.notes',
        code: 'REQUEST_DENIED',
        facts: { right: 'extension.read' },
      },
      meta: { tenant: TENANT, actor: 'ada', actorKind: 'user', correlationId: 'c-1', commandType: 'query.extensions' },
    });
  });

  it('keeps an entry of a tenant that is no tenant with the platform', async () => {
    const { audit, store } = bench();
    await audit.record({ ...denied, tenant: 'nonsense~' });
    expect((await log(store))[0]?.meta.tenant).toBe('_');
  });

  it('holds no secret, no content and no control character, whatever the facts hold (U-05)', async () => {
    const { audit, store, redactor } = bench();
    redactor.learn('canary-learned');
    const canary = 'kari_0190a000-0000-7000-8000-000000000001_canarycanarycanarycanarycanarycanarycanary1';
    await audit.record({
      ...denied,
      subject: `token:${canary}\r\nforged: line`,
      operation: 'query.x\u001b[31m',
      actor: 'ada\u0000\ud800',
      facts: {
        value: `Bearer canary-bearer-value ${canary}`,
        password: 'canary-named',
        nested: { deep: 'canary-nested' },
        list: ['eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJjYW5hcnkifQ.canarysignature', { a: 'canary-item' }],
        learned: 'it was canary-learned',
        long: 'x'.repeat(5_000),
        'a canary name': 'dropped',
        number: Number.NaN,
        ...Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`f${index}`, index])),
      },
    });
    const [event] = await log(store);
    const text = JSON.stringify(event, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
    expect(text).not.toMatch(/canary/i);

    for (const each of textsIn(event)) expect(each).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(text.length).toBeLessThan(4_000);
  });
});

describe('U-02: the trail out of reach', () => {
  it('says so when the store is down, and recovers alone', async () => {
    const memory = new MemoryEventStore();
    const store = lentStore(memory);
    const { audit } = bench(store);
    store.append = () => Promise.reject(new Unavailable('no connection', true));
    await expect(audit.record(denied)).rejects.toBeInstanceOf(Unavailable);
    store.append = () => Promise.resolve([{ ok: false, error: new Error('disk full') }]);
    await expect(audit.record(denied)).rejects.toBeInstanceOf(Unavailable);
    store.append = (items) => memory.append(items);
    await audit.record(denied);
    expect(await log(memory)).toHaveLength(1);
  });

  it('says so within two seconds when the store is slow', async () => {
    const store = lentStore(new MemoryEventStore());
    store.append = () => new Promise(() => undefined);
    const { audit, clock } = bench(store);
    const answer = expect(audit.record(denied)).rejects.toBeInstanceOf(Unavailable);
    await clock.advance(2_000);
    await answer;
  });
});

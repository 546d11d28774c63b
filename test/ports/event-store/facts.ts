// Facts for the suites: valid in every respect but the one a test is about.
import { streamId, type AppendItem, type EventMeta, type ExpectedVersion, type NewEvent, type StreamId } from '@kari/kernel';
import { systemIds } from '@kari/platform/time';

const TENANT = '0197a3c0-0000-7000-8000-00000000000a';
/** The one category that the stores under test let go. */
export const TRUNCATABLE = 'workflow.run';

export const meta: EventMeta = {
  tenant: TENANT,
  actor: '0197a3c0-0000-7000-8000-0000000000ac',
  actorKind: 'user',
  commandId: '0197a3c0-0000-7000-8000-0000000000cc',
  commandType: 'TakeNote',
  correlationId: '0197a3c0-0000-7000-8000-0000000000dd',
  occurredAt: '2026-01-01T00:00:00.000Z',
};

export function freshStream(category = 'test.note'): StreamId {
  return streamId(category, TENANT, systemIds.next());
}

export function fact(data: unknown = {}, overrides: Partial<NewEvent> = {}): NewEvent {
  return { id: systemIds.next(), type: 'NoteTaken', version: 1, data, meta, ...overrides };
}

export function item(stream: StreamId, expected: ExpectedVersion, ...events: readonly NewEvent[]): AppendItem {
  return { stream, expected, events };
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

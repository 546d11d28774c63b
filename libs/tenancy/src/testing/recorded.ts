// A recorded event around a fact, and the fold of a projection as its runner does it: for specs of projections.
import type { EventMeta, Projection, ProjectionRow, RecordedEvent } from '@kari/kernel';

export const AT = '2026-01-01T00:00:00.000Z';

export function recorded(type: string, data: unknown, meta: Partial<EventMeta> = {}): RecordedEvent {
  const full: EventMeta = {
    tenant: '_',
    actor: 'olga',
    actorKind: 'user',
    commandId: 'c',
    commandType: 'C',
    correlationId: 'r',
    occurredAt: AT,
    ...meta,
  };
  return { id: 'e', stream: 'test.thing-_~x', revision: 0n, position: '1', type, version: 1, data, meta: full, recordedAt: AT };
}

/** Rows by key, of the events that the projection handles. */
export function folded<Row extends ProjectionRow>(
  projection: Projection<Row>,
  events: readonly RecordedEvent[],
): Readonly<Record<string, Row>> {
  const rows = new Map<string, Row>();
  for (const event of events) {
    if (projection.handles !== '*' && !projection.handles.includes(event.type)) continue;
    const key = projection.keyOf(event);
    if (key === null) continue;
    const row = projection.evolve(rows.get(key.join('/')) ?? null, event);
    if (row === null) rows.delete(key.join('/'));
    else rows.set(key.join('/'), row);
  }
  return Object.fromEntries(rows);
}

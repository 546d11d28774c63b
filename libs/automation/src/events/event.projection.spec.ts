import { expect, it } from '@jest/globals';
import type { RecordedEvent } from '@kari/kernel';
import { eventProjection } from './event.projection.js';

it('keeps one row for each event, at its place in the log', () => {
  const event = {
    id: 'id',
    position: '7',
    type: 'ExtensionEventPublished',
    data: { extension: 'acme.notes', type: 'acme.notes.added.v1', key: 'k', data: { n: 1 } },
    meta: { tenant: 't', occurredAt: '2026-01-01T00:00:00.000Z', correlationId: 'c' },
  } as unknown as RecordedEvent;
  expect(eventProjection.keyOf(event)).toEqual(['t', '7']);
  expect(eventProjection.evolve(null, event)).toEqual({
    tenant: 't',
    position: '7',
    event_id: 'id',
    extension: 'acme.notes',
    type: 'acme.notes.added.v1',
    key: 'k',
    data: { n: 1 },
    published_at: '2026-01-01T00:00:00.000Z',
    correlation_id: 'c',
  });
});

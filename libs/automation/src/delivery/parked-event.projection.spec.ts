import { expect, it } from '@jest/globals';
import type { RecordedEvent } from '@kari/kernel';
import { parkedProjection } from './parked-event.projection.js';

const event = (type: string, data: object) =>
  ({
    type,
    data: { subscriber: 'acme.listener', event: 'e', ...data },
    meta: { tenant: 't', occurredAt: '2026-01-01T00:00:00.000Z' },
  }) as unknown as RecordedEvent;

it('lists what is parked until somebody decides', () => {
  const parked = event('EventDeliveryParked', {
    extension: 'acme.source',
    type: 'x',
    key: 'k',
    code: 'SANDBOX_CRASHED',
    failures: 1,
    crashes: 3,
  });
  expect(parkedProjection.keyOf(parked)).toEqual(['t', 'acme.listener', 'e']);
  const row = parkedProjection.evolve(null, parked);
  expect(row).toEqual({
    tenant: 't',
    subscriber: 'acme.listener',
    event_id: 'e',
    extension: 'acme.source',
    type: 'x',
    key: 'k',
    code: 'SANDBOX_CRASHED',
    failures: 1,
    crashes: 3,
    parked_at: '2026-01-01T00:00:00.000Z',
  });
  expect(parkedProjection.evolve(row, event('EventDeliveryRetried', {}))).toBeNull();
  expect(parkedProjection.evolve(row, event('EventDeliveryDropped', {}))).toBeNull();
});

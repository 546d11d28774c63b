import { expect, it } from '@jest/globals';
import type { RecordedEvent } from '@kari/kernel';
import { cloudEventProjection } from './cloud-event.projection.js';

it('keeps one row for each event, at its place in the log, as who listens sees it', () => {
  const recorded = (data: object) =>
    ({
      id: 'id',
      position: '7',
      type: 'CloudEventPublished',
      data,
      meta: { tenant: 't', occurredAt: '2026-01-01T00:00:00.000Z', correlationId: 'c' },
    }) as unknown as RecordedEvent;
  const event = { id: '1', source: 's', type: 'x.y', data: { n: 1 } };
  const emitted = recorded({ origin: 'workflow', by: { workflow: 'w', run: 'r', task: 't' }, event });
  expect(cloudEventProjection.keyOf(emitted)).toEqual(['t', '7']);
  expect(cloudEventProjection.evolve(null, emitted)).toMatchObject({
    tenant: 't',
    position: '7',
    event_id: '1',
    source: 's',
    type: 'x.y',
    origin: 'workflow',
    workflow: 'w',
    run: 'r',
    document: { ...event, kariorigin: 'workflow', karirun: 'r' },
  });
  expect(cloudEventProjection.evolve(null, recorded({ origin: 'sent', event }))).toMatchObject({ workflow: null, run: null });
});

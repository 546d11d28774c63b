import { expect, it } from '@jest/globals';
import type { RecordedEvent } from '@kari/kernel';
import { automationProjection } from './automation.projection.js';

const form = {
  name: 'refunds',
  description: 'd',
  type: 'shop.paid',
  filter: null,
  input: { order: '${ .data.order }' },
  workflow: 'refund',
};
const event = (type: string, actor: string, data: object = { name: form.name }) =>
  ({ type, data, meta: { tenant: 't', occurredAt: '2026-01-01T00:00:00.000Z', actor } }) as unknown as RecordedEvent;

it('lists what there is, with who changed it last', () => {
  const saved = event('AutomationSaved', 'ada', form);
  expect(automationProjection.keyOf(saved)).toEqual(['t', 'refunds']);
  const row = automationProjection.evolve(null, saved)!;
  expect(row).toEqual({ tenant: 't', ...form, target: null, status: 'enabled', changed_at: '2026-01-01T00:00:00.000Z', changed_by: 'ada' });
  const disabled = automationProjection.evolve(row, event('AutomationDisabled', 'bob'))!;
  expect(disabled).toMatchObject({ status: 'disabled', changed_by: 'bob' });
  expect(automationProjection.evolve(disabled, event('AutomationSaved', 'ada', form))).toMatchObject({ status: 'disabled' });
  expect(automationProjection.evolve(disabled, event('AutomationEnabled', 'ada'))).toMatchObject({ status: 'enabled' });
  expect(automationProjection.evolve(row, event('AutomationDeleted', 'ada'))).toBeNull();
  expect(automationProjection.evolve(null, event('AutomationEnabled', 'ada'))).toBeNull();
});

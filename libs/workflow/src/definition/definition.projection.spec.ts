import { expect, it } from '@jest/globals';
import type { RecordedEvent } from '@kari/kernel';
import { definitionProjection, type DefinitionRow } from './definition.projection.js';

const event = (type: string, data: object, at = '2026-01-01T00:00:00.000Z') =>
  ({ type, data: { workflow: 'digest', ...data }, meta: { tenant: 't', actor: 'someone', occurredAt: at } }) as unknown as RecordedEvent;
const saved = (version: number) =>
  event('WorkflowSaved', {
    title: `T${version}`,
    owner: null,
    version,
    hash: `h${version}`,
    needs: [{ pointer: '/p', call: `c@${version}` }],
    document: '{}',
  });
const fold = (...events: RecordedEvent[]) => events.reduce<DefinitionRow | null>((row, one) => definitionProjection.evolve(row, one), null);

it('lists a workflow with its latest and its active version', () => {
  expect(definitionProjection.keyOf(saved(1))).toEqual(['t', 'digest']);
  expect(fold(saved(1), event('WorkflowActivated', { version: 1 }), saved(2))).toEqual({
    tenant: 't',
    workflow: 'digest',
    title: 'T2',
    owner: null,
    latest_version: 2,
    active_version: 1,
    hash: 'h2',
    needs: { 1: [{ pointer: '/p', call: 'c@1' }], 2: [{ pointer: '/p', call: 'c@2' }] },
    saved_at: '2026-01-01T00:00:00.000Z',
    saved_by: 'someone',
  });
  expect(
    fold(saved(1), event('WorkflowActivated', { version: 1 }), event('WorkflowDeactivated', { version: 1 }))?.active_version,
  ).toBeNull();
  expect(fold(saved(1), event('WorkflowDeleted', {}))).toBeNull();
});

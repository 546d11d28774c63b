import { expect, it } from '@jest/globals';
import type { RecordedEvent } from '@kari/kernel';
import { versionProjection } from './version.projection.js';

const saved = (version: number) =>
  ({
    type: 'WorkflowSaved',
    data: {
      workflow: 'digest',
      title: `T${version}`,
      owner: null,
      version,
      hash: `h${version}`,
      needs: [{ pointer: '/p', call: `c@${version}` }],
      document: '{}',
    },
    meta: { tenant: 't', actor: 'someone', occurredAt: '2026-01-01T00:00:00.000Z' },
  }) as unknown as RecordedEvent;

it('keeps every version as it was saved', () => {
  expect(versionProjection.keyOf(saved(2))).toEqual(['t', 'digest', '2']);
  expect(versionProjection.evolve(null, saved(2))).toEqual({
    tenant: 't',
    workflow: 'digest',
    version: 2,
    hash: 'h2',
    title: 'T2',
    document: '{}',
    needs: [{ pointer: '/p', call: 'c@2' }],
    saved_at: '2026-01-01T00:00:00.000Z',
    saved_by: 'someone',
  });
});

import { expect, it } from '@jest/globals';
import { recorded } from '../testing/recorded.js';
import { enabled, extension, NOW, TENANT } from '../testing/stories.js';
import { historyProjection } from './history.projection.js';

it('keeps every fact with its time and actor, each in its own row', () => {
  const event = recorded(enabled, undefined, 7);
  expect(historyProjection.keyOf(event)).toEqual([TENANT, extension, '7']);
  expect(historyProjection.evolve(null, event)).toEqual({
    tenant: TENANT,
    extension,
    revision: '7',
    type: 'ExtensionEnabled',
    at: NOW,
    actor: 'someone',
    actor_kind: 'user',
    correlation_id: 'correlation',
    data: enabled.data,
  });
});

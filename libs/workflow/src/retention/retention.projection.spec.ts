import { expect, it } from '@jest/globals';
import { recordedFacts, TENANT } from '../run/testing/recorded-facts.js';
import { retentionProjection } from './retention.projection.js';

const set = (days: number | null) => ({
  ...recordedFacts([{ type: 'RunResumed', data: {} }])[0]!,
  type: 'RetentionOfRunsSet',
  data: { days },
});

it('has a row while a time is set', () => {
  expect(retentionProjection.keyOf(set(3))).toEqual([TENANT]);
  const row = retentionProjection.evolve(null, set(3));
  expect(row).toMatchObject({ tenant: TENANT, days: 3, set_by: 'someone' });
  expect(retentionProjection.evolve(row, set(null))).toBeNull();
});

import { it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import { retentionDecider } from './retention.decider.js';

const { given } = specify(retentionDecider);
const set = (days: number | null) => ({ type: 'SetRunRetention', data: { days } }) as const;
const was = (days: number | null) => ({ type: 'RetentionOfRunsSet', data: { days } }) as const;

it('is for ever until somebody says otherwise, and said twice changes nothing', () => {
  given([]).when(set(null)).thenNothing();
  given([])
    .when(set(30))
    .then([was(30)]);
  given([was(30)])
    .when(set(30))
    .thenNothing();
  given([was(30)])
    .when(set(null))
    .then([was(null)]);
});

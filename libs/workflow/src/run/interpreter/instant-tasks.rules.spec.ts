import { expect, it } from '@jest/globals';
import { documentOf, PlayingRun } from '../testing/playing-run.js';

it('raise what the workflow names', () => {
  const run = new PlayingRun(
    documentOf([{ r: { raise: { error: 'no' } } }], {
      use: { errors: { no: { type: 'urn:no', status: 403, title: '${ "not " + .who }' } } },
    }),
    { who: 'you' },
  );
  expect(run.state.failure?.error).toEqual({ type: 'urn:no', status: 403, title: 'not you', instance: '/do/0/r' });
});

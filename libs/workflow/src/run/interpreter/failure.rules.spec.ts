import { expect, it } from '@jest/globals';
import { documentOf, PlayingRun } from '../testing/playing-run.js';

const call = (name: string) => ({ call: `desk.${name}@1`, with: { n: '${ .n }' } });

const guarded = (clause: object) => documentOf([{ g: { try: [{ a: call('a') }, { b: call('b') }], catch: clause } }]);

it('takes only what its filter and conditions let through; the rest passes outwards', () => {
  expect(new PlayingRun(guarded({ errors: { with: { status: 503 } } })).failed('/do/0/g/try/0/a', 500).at(-1)?.type).toBe('RunFailed');
  const when = new PlayingRun(guarded({ as: 'e', when: '$e.status == 404', do: [{ m: { set: { s: '${ $e.status }' } } }] }));
  when.failed('/do/0/g/try/0/a', 404);
  expect(when.state.result).toEqual({ output: { s: 404 } });
  expect(new PlayingRun(guarded({ exceptWhen: '$error.status == 404' })).failed('/do/0/g/try/0/a', 404).at(-1)?.type).toBe('RunFailed');
});

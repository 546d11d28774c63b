import { expect, it } from '@jest/globals';
import { documentOf, quick } from '../testing/playing-run.js';
import { paceOf } from './pace.rules.js';

const machine = { run: 'r', document: documentOf([]), answers: { value: quick }, schemaFault: () => null, now: '', chance: 0 };
const bucket = (key: string | undefined, input: unknown, of = ['call', 'w', 'a.b@1']) =>
  paceOf(machine, { limit: 2, per: { seconds: 3 }, ...(key === undefined ? {} : { key }) }, of, input, {}).bucket;

it('counts apart what is counted, and each value of the key', () => {
  expect(paceOf(machine, { limit: 2, per: { seconds: 3 } }, ['start', 'w'], {}, {})).toMatchObject({ limit: 2, perMs: 3_000 });
  expect(bucket('${ .who }', { who: 1 })).toBe(bucket('${ .who }', { who: 1, more: true }));
  expect(bucket('${ .who }', { who: 1 })).not.toBe(bucket('${ .who }', { who: 2 }));
  expect(bucket(undefined, {})).not.toBe(bucket(undefined, {}, ['start', 'w']));
});

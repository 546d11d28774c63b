import { expect, it } from '@jest/globals';
import { install, pack, problem } from '../testing/universes.js';
import { modelOf } from './model.rules.js';
import { explanationOf, wordsOf } from './words.rules.js';

const core = ['1.0.0', '2.0.0'].map((version) => pack('acme.core', version));
const of = problem(core, [install('acme.core', '^1.0.0')], [{ manifest: core[1]!, enabled: true }]);

it('every kind of line has its words', () => {
  const line = { extension: 'acme.core', versions: ['2.0.0', '1.0.0'] } as const;
  expect([
    wordsOf({ kind: 'stays', extension: 'acme.core', version: '2.0.0', enabled: true }, of),
    wordsOf({ kind: 'need', ...line, target: 'acme.more', range: '*', optional: false }, of),
    wordsOf({ kind: 'need', ...line, versions: ['1.0.0'], target: 'acme.core', range: '^1.0.0', optional: true }, of),
    wordsOf({ kind: 'plugin', ...line, target: 'time.now', range: '^1.0.0' }, of),
    wordsOf({ kind: 'conflict', ...line, target: 'acme.more', range: '<2' }, of),
    wordsOf({ kind: 'platform', ...line, range: '^9' }, of),
    wordsOf({ kind: 'service', ...line, service: 'tcp' }, of),
    ...(['enable', 'disable', 'remove'] as const).map((act) => wordsOf({ kind: 'wish', wish: { act, extension: 'acme.core' } }, of)),
    wordsOf({ kind: 'wish', wish: { act: 'upgrade', extension: 'acme.core', range: '^3' } }, of),
  ]).toEqual([
    'acme.core 2.0.0 is enabled, and never goes to a lower version',
    'every version of acme.core needs acme.more *, and no version of acme.more is registered',
    'acme.core 1.0.0 works only with acme.core ^1.0.0, where that is there',
    'every version of acme.core needs the plugin time.now ^1.0.0, which nothing that is registered provides',
    'every version of acme.core cannot be beside acme.more <2',
    'every version of acme.core runs on Kari ^9, and this is 1.0.0',
    'every version of acme.core needs the service "tcp", which this platform does not have',
    'acme.core is to be enabled',
    'acme.core is to be disabled',
    'acme.core is to be removed',
    'acme.core is to rise to ^3, and there is only 2.0.0, 1.0.0',
  ]);
});

it('a sentence ends with what is wanted', () => {
  const culprits = modelOf(of).constraints;
  expect(explanationOf(culprits, of, false)).toBe(
    'acme.core 2.0.0 is enabled, and never goes to a lower version; acme.core ^1.0.0 is wanted.',
  );
  expect(explanationOf(culprits, of, true)).toMatch(/each of them waits for the other to run first\.$/);
});

import { expect, it } from '@jest/globals';
import { install, pack, problem } from '../testing/universes.js';
import { curesOf } from './cures.rules.js';
import { modelOf } from './model.rules.js';
import type { ResolutionProblem } from './problem.js';
import { resolve } from './resolve.rules.js';

const cures = (of: ResolutionProblem): readonly string[] => {
  const resolution = resolve(of);
  return resolution.outcome === 'conflict' ? resolution.cures : [];
};
const core = pack('acme.core', '1.0.0');

it('another version is offered where one fits', () => {
  const users = [
    pack('acme.a', '1.0.0', { dependencies: { extensions: { 'acme.core': '^1.0.0' } } }),
    pack('acme.a', '2.0.0', { dependencies: { extensions: { 'acme.core': '^2.0.0' } } }),
  ];
  expect(cures(problem([core, ...users], [install('acme.a', '^2.0.0')]))).toEqual([
    'Take acme.a 1.0.0 instead of ^2.0.0.',
    'Do without acme.a.',
    'Put a package of acme.core within ^2.0.0 into an extensions folder and rescan.',
  ]);
});

it('another platform is offered where that is what stands in the way', () => {
  expect(cures(problem([pack('acme.a', '1.0.0', { platform: '^2.0.0' })], [install('acme.a')]))).toEqual([
    'Do without acme.a.',
    'Run acme.a on a Kari within ^2.0.0.',
  ]);
});

it('what does not cure is not offered', () => {
  const of = problem([], [install('acme.a'), install('acme.b')]);
  const model = modelOf(of);
  const culprits = model.constraints.filter(({ about }) => about.kind === 'wish' && about.wish.extension === 'acme.a');
  // Without acme.a there is still acme.b, which is not there either.
  expect(curesOf(of, culprits, () => null, 10_000)).toEqual([]);
});

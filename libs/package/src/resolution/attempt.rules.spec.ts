import { expect, it } from '@jest/globals';
import { install, pack, problem } from '../testing/universes.js';
import { attempt, keeps } from './attempt.rules.js';
import { modelOf } from './model.rules.js';

const options = { mostSteps: 10_000 };
const circle = [
  pack('acme.a', '1.0.0', { dependencies: { extensions: { 'acme.b': '*' } } }),
  pack('acme.b', '1.0.0', { dependencies: { extensions: { 'acme.a': '*' } } }),
];

it('a circle is let be where starting does not matter', () => {
  const model = modelOf(problem(circle, [install('acme.a')]));
  expect(attempt(model, model.constraints, options).outcome).toBe('contradiction');
  expect(attempt(model, model.constraints, { ...options, mustStart: false }).outcome).toBe('found');
});

it('a part of the constraints is tried for itself', () => {
  const model = modelOf(problem(circle, [install('acme.a'), { act: 'remove', extension: 'acme.b' }]));
  const wishes = model.constraints.filter(({ about }) => about.kind === 'wish');
  const tried = attempt(model, wishes, options);
  expect(tried.outcome === 'found' && tried.choice.map((value) => value?.version ?? null)).toEqual(['1.0.0', null]);
  expect(tried.outcome === 'found' && keeps(model, wishes, tried.choice)).toBe(true);
  expect(tried.outcome === 'found' && keeps(model, model.constraints, tried.choice)).toBe(false);
});

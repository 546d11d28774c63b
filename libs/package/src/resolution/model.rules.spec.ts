import { describe, expect, it } from '@jest/globals';
import { install, pack, problem } from '../testing/universes.js';
import { absent, modelOf, wholeDomain } from './model.rules.js';
import type { ResolutionProblem } from './problem.js';

const valuesOf = (of: ResolutionProblem) =>
  modelOf(of).variables.map(
    ({ extension, values }) => `${extension}: ${values.map(({ version, enabled }) => `${version}${enabled ? '' : ' off'}`).join(', ')}`,
  );
const aboutOf = (of: ResolutionProblem) => modelOf(of).constraints.map(({ about }) => about.kind);
const core = ['1.0.0', '2.0.0', '3.0.0-beta.1'].map((version) => pack('acme.core', version));

describe('a question as constraints', () => {
  it('leaves out what cannot matter', () => {
    const user = pack('acme.user', '1.0.0', {
      dependencies: { extensions: { 'acme.core': '*', 'acme.maybe': { range: '*', optional: true } } },
    });
    expect(valuesOf(problem([...core, user, pack('acme.maybe', '1.0.0'), pack('acme.apart', '1.0.0')], [install('acme.user')]))).toEqual([
      'acme.core: 2.0.0, 1.0.0, 3.0.0-beta.1',
      'acme.user: 1.0.0',
    ]);
  });
  it('prefers what is there, as it is; and what is highest for what is to rise', () => {
    const there = [{ manifest: core[0]!, enabled: true }];
    expect(valuesOf(problem(core, [install('acme.core')], there))).toEqual(['acme.core: 1.0.0, 2.0.0, 3.0.0-beta.1']);
    expect(valuesOf(problem(core, [{ act: 'upgrade', extension: 'acme.core', range: null }], there))).toEqual([
      'acme.core: 2.0.0, 1.0.0, 3.0.0-beta.1',
    ]);
    expect(valuesOf(problem([core[0]!], [{ act: 'disable', extension: 'acme.core' }], there))).toEqual(['acme.core: 1.0.0 off, 1.0.0']);
  });
  it('makes one line of what several versions say', () => {
    const same = ['1.0.0', '1.1.0'].map((version) =>
      pack('acme.user', version, { dependencies: { extensions: { 'acme.core': '^1.0.0' } } }),
    );
    const { constraints } = modelOf(problem([...core, ...same], [install('acme.user')]));
    expect(constraints.map(({ about }) => about)).toContainEqual({
      kind: 'need',
      extension: 'acme.user',
      versions: ['1.1.0', '1.0.0'],
      target: 'acme.core',
      range: '^1.0.0',
      optional: false,
    });
  });
  it('has a line for everything that holds a version back', () => {
    const held = pack('acme.user', '1.0.0', {
      platform: '^9.0.0',
      dependencies: {
        services: ['tcp'],
        conflicts: { 'acme.core': '<2.0.0' },
        plugins: { 'time.now': '*' },
        extensions: { 'acme.core': '*' },
      },
    });
    expect(aboutOf(problem([...core, held], [install('acme.user')], [{ manifest: core[0]!, enabled: false }])).sort()).toEqual(
      ['wish', 'stays', 'conflict', 'need', 'platform', 'plugin', 'service'].sort(),
    );
  });
});

it('being absent is a value of its own', () => {
  const [variable] = modelOf(problem(core, [install('acme.core')])).variables;
  expect([wholeDomain(variable!), absent(variable!)]).toEqual([0b1111n, 0b1000n]);
});

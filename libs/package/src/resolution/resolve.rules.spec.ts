import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contract, install, isGood, pack, PLATFORM, problem, solutions, someProblem, type Selection } from '../testing/universes.js';
import { attempt, keeps, type Choice } from './attempt.rules.js';
import { curesOf } from './cures.rules.js';
import { absent, modelOf, wholeDomain, type Constraint, type Model } from './model.rules.js';
import type { ResolutionProblem } from './problem.js';
import { leastCulprits, resolve, type Resolution } from './resolve.rules.js';

const RUNS = Number(process.env['KARI_RESOLVER_RUNS'] ?? 350);
const SEED = 20_260_301;
const options = { mostSteps: 1_000_000 };

const locked = (of: ResolutionProblem): readonly string[] | string => {
  const resolution = resolve(of);
  if (resolution.outcome !== 'resolved') return resolution.outcome === 'conflict' ? resolution.explanation : resolution.outcome;
  return resolution.lock.map(({ extension, version, enabled }) => `${extension} ${version}${enabled ? '' : ' off'}`);
};
const conflictOf = (of: ResolutionProblem): Extract<Resolution, { outcome: 'conflict' }> => {
  const resolution = resolve(of);
  if (resolution.outcome !== 'conflict') throw new Error(`it is ${resolution.outcome}`);
  return resolution;
};

const core1 = pack('acme.core', '1.0.0');
const core2 = pack('acme.core', '2.0.0');
const needing = (id: string, version: string, range: string) => pack(id, version, { dependencies: { extensions: { 'acme.core': range } } });
const present = (manifest: ReturnType<typeof pack>, enabled = true) => ({ manifest, enabled });

describe('a wish is granted', () => {
  it('with what it needs, in the highest release that fits', () => {
    expect(locked(problem([core1, core2, needing('acme.a', '1.0.0', '*')], [install('acme.a')]))).toEqual([
      'acme.a 1.0.0',
      'acme.core 2.0.0',
    ]);
    expect(locked(problem([core1, core2, needing('acme.a', '1.0.0', '^1')], [install('acme.a')]))).toEqual([
      'acme.a 1.0.0',
      'acme.core 1.0.0',
    ]);
  });
  it('leaving alone what is installed, where that can be', () => {
    const both = [core1, core2, needing('acme.a', '1.0.0', '^1'), needing('acme.a', '2.0.0', '^2')];
    expect(locked(problem(both, [install('acme.a')], [present(core1)]))).toEqual(['acme.a 1.0.0', 'acme.core 1.0.0']);
    expect(locked(problem(both, [install('acme.a', '^2')], [present(core1)]))).toEqual(['acme.a 2.0.0', 'acme.core 2.0.0']);
  });
  it('enabling what is there and needed', () => {
    expect(locked(problem([core1, needing('acme.a', '1.0.0', '^1')], [install('acme.a')], [present(core1, false)]))).toEqual([
      'acme.a 1.0.0',
      'acme.core 1.0.0',
    ]);
    expect(locked(problem([core1], [{ act: 'disable', extension: 'acme.core' }], [present(core1)]))).toEqual(['acme.core 1.0.0 off']);
  });
  it('with a pre-release only where it is named, or nothing else is there', () => {
    const beta = pack('acme.core', '2.1.0-beta.1');
    expect(locked(problem([core2, beta], [install('acme.core')]))).toEqual(['acme.core 2.0.0']);
    expect(locked(problem([core2, beta], [install('acme.core', '^2.1.0-beta.0')]))).toEqual(['acme.core 2.1.0-beta.1']);
    expect(locked(problem([beta], [install('acme.core')]))).toEqual(['acme.core 2.1.0-beta.1']);
    expect(locked(problem([beta, needing('acme.a', '1.0.0', '^2.0.0')], [install('acme.a')]))).toEqual([
      'acme.a 1.0.0',
      'acme.core 2.1.0-beta.1',
    ]);
  });
  it('with someone who provides a plugin, who is there before who is not', () => {
    const user = pack('acme.user', '1.0.0', { dependencies: { plugins: { 'time.now': '^1.0.0' } } });
    const clocks = ['acme.clock', 'acme.watch'].map((id) => pack(id, '1.0.0', { plugins: { 'time.now': contract('1.0.0') } }));
    expect(locked(problem([user, ...clocks], [install('acme.user')]))).toEqual(['acme.clock 1.0.0', 'acme.user 1.0.0']);
    expect(locked(problem([user, ...clocks], [install('acme.user')], [present(clocks[1]!)]))).toEqual([
      'acme.user 1.0.0',
      'acme.watch 1.0.0',
    ]);
  });
  it('in an order in which what is needed comes first', () => {
    const chain = [
      pack('acme.z', '1.0.0'),
      pack('acme.m', '1.0.0', { dependencies: { extensions: { 'acme.z': '*' } } }),
      pack('acme.a', '1.0.0', { dependencies: { extensions: { 'acme.m': '*' } } }),
      pack('acme.b', '1.0.0'),
    ];
    const resolution = resolve(problem(chain, [install('acme.a'), install('acme.b')]));
    expect(resolution.outcome === 'resolved' && resolution.order).toEqual(['acme.b', 'acme.z', 'acme.m', 'acme.a']);
  });
  it('whatever of the tenant is broken already', () => {
    const broken = needing('acme.old', '1.0.0', '^9');
    expect(locked(problem([core1, broken], [install('acme.core')], [present(broken)]))).toEqual(['acme.core 1.0.0', 'acme.old 1.0.0']);
    expect(locked(problem([core1, broken], [{ act: 'disable', extension: 'acme.old' }], [present(broken)]))).toEqual([
      'acme.old 1.0.0 off',
    ]);
  });
});

describe('a wish that cannot be granted', () => {
  it('names the smallest set of culprits, in words, with cures', () => {
    const of = problem(
      [core1, core2, needing('acme.a', '2.0.0', '^2'), needing('acme.b', '1.1.0', '^1'), pack('acme.c', '1.0.0')],
      [install('acme.a'), install('acme.b'), install('acme.c')],
    );
    expect(conflictOf(of)).toMatchObject({
      explanation: 'acme.a 2.0.0 needs acme.core ^2; acme.b 1.1.0 needs acme.core ^1; both are wanted.',
      cures: ['Do without acme.a.', 'Do without acme.b.'],
    });
  });
  it('tells what is missing', () => {
    const found = conflictOf(problem([core1, needing('acme.a', '1.0.0', '^2')], [install('acme.a')]));
    expect(found.explanation).toBe('acme.a 1.0.0 needs acme.core ^2, and there is only 1.0.0, which is too old; acme.a is wanted.');
    expect(found.cures).toEqual(['Do without acme.a.', 'Put a package of acme.core within ^2 into an extensions folder and rescan.']);
    expect(locked(problem([], [install('acme.a')]))).toBe('acme.a is wanted, and no version of acme.a is registered.');
  });
  it('tells of conflicts both ways', () => {
    const rival = pack('acme.rival', '1.0.0', { dependencies: { conflicts: { 'acme.core': '<2' } } });
    const found = conflictOf(problem([core1, rival], [install('acme.core')], [present(rival)]));
    expect(found.explanation).toBe('acme.rival 1.0.0 cannot be beside acme.core <2; acme.rival 1.0.0 is enabled; acme.core is wanted.');
    expect(found.cures).toEqual(['Do without acme.core.', 'Remove acme.rival.']);
  });
  it('tells of platform, services and plugins', () => {
    expect(locked(problem([pack('acme.a', '1.0.0', { platform: '^2' })], [install('acme.a')]))).toBe(
      'acme.a 1.0.0 runs on Kari ^2, and this is 1.0.0; acme.a is wanted.',
    );
    expect(locked(problem([pack('acme.a', '1.0.0', { dependencies: { services: ['tcp'] } })], [install('acme.a')]))).toBe(
      'acme.a 1.0.0 needs the service "tcp", which this platform does not have; acme.a is wanted.',
    );
    const user = pack('acme.user', '1.0.0', { dependencies: { plugins: { 'time.now': '^2.0.0' } } });
    const clock = pack('acme.clock', '1.0.0', { plugins: { 'time.now': contract('1.0.0') } });
    expect(conflictOf(problem([user, clock], [install('acme.user')]))).toMatchObject({
      explanation: 'acme.user 1.0.0 needs the plugin time.now ^2.0.0, and it is provided only as 1.0.0; acme.user is wanted.',
      cures: [
        'Do without acme.user.',
        'Put a package that provides the plugin time.now within ^2.0.0 into an extensions folder and rescan.',
      ],
    });
  });
  it('tells of circles', () => {
    const one = pack('acme.a', '1.0.0', { dependencies: { extensions: { 'acme.b': '*' } } });
    const other = pack('acme.b', '1.0.0', { dependencies: { extensions: { 'acme.a': '*' } } });
    expect(locked(problem([one, other], [install('acme.a')]))).toBe(
      'acme.a 1.0.0 needs acme.b *; acme.b 1.0.0 needs acme.a *; acme.a is wanted; each of them waits for the other to run first.',
    );
    // A version outside of the circle is taken instead.
    expect(locked(problem([one, other, pack('acme.b', '0.9.0')], [install('acme.a')]))).toEqual(['acme.a 1.0.0', 'acme.b 0.9.0']);
  });
  it('tells whom a removal or a disabling would leave without', () => {
    const user = needing('acme.a', '1.0.0', '*');
    const installed = [present(core1), present(user)];
    expect(conflictOf(problem([core1, user], [{ act: 'disable', extension: 'acme.core' }], installed))).toMatchObject({
      explanation: 'acme.a 1.0.0 needs acme.core *; acme.a 1.0.0 is enabled; acme.core is to be disabled.',
      cures: ['Leave acme.core enabled.', 'Disable acme.a as well.', 'Remove acme.a as well.'],
    });
    expect(conflictOf(problem([core1, user], [{ act: 'remove', extension: 'acme.core' }], installed)).cures).toEqual([
      'Keep acme.core.',
      'Remove acme.a as well.',
    ]);
    expect(locked(problem([core1], [{ act: 'upgrade', extension: 'acme.core', range: null }]))).toBe(
      'acme.core is to rise, and it is not installed.',
    );
  });
  it('is cured in several steps where one is not enough', () => {
    const of = problem([core1, needing('acme.a', '1.0.0', '^2'), needing('acme.b', '1.0.0', '^3')], [install('acme.a'), install('acme.b')]);
    expect(conflictOf(of).cures).toContain('Do without acme.a. Do without acme.b.');
  });
  it('ends when the question is too hard', () => {
    expect(resolve(pigeons(9), { mostSteps: 20_000 }).outcome).toBe('exhausted');
  });
});

/** More birds than holes: hard for everyone who learns clause by clause. */
function pigeons(holes: number): ResolutionProblem {
  const versions = Array.from({ length: holes }, (_, hole) => `${hole + 1}.0.0`);
  const birds = Array.from({ length: holes + 1 }, (_, bird) => `acme.bird${String.fromCharCode(97 + bird)}`);
  const registered = birds.flatMap((id) =>
    versions.map((version) =>
      pack(id, version, {
        dependencies: { conflicts: Object.fromEntries(birds.filter((other) => other !== id).map((other) => [other, version])) },
      }),
    ),
  );
  return problem(
    registered,
    birds.map((id) => install(id)),
  );
}

describe('held against one who tries everything', () => {
  const check = (judge: (of: ResolutionProblem) => void): void => fc.assert(fc.property(someProblem, judge), { seed: SEED, numRuns: RUNS });
  const selectionOf = (of: ResolutionProblem, { lock }: Extract<Resolution, { outcome: 'resolved' }>): Selection =>
    new Map(
      lock.map(({ extension, version, enabled }) => [
        extension,
        { candidate: of.registered.find((one) => one.id === extension && one.version === version)!, enabled },
      ]),
    );

  it('what it finds is good, and it finds something whenever there is something', () => {
    const seen = { resolved: 0, conflict: 0 };
    check((of) => {
      const resolution = resolve(of);
      const [first] = solutions(of);
      expect({ of, outcome: resolution.outcome }).toEqual({ of, outcome: first === undefined ? 'conflict' : 'resolved' });
      if (resolution.outcome === 'resolved') {
        expect({ of, lock: resolution.lock, good: isGood(of, selectionOf(of, resolution)) }).toMatchObject({ good: true });
        seen.resolved += 1;
      } else seen.conflict += 1;
    });
    expect(seen.resolved).toBeGreaterThan(RUNS / 8);
    expect(seen.conflict).toBeGreaterThan(RUNS / 8);
  });

  it('nobody is moved who need not be', () => {
    check((of) => {
      const resolution = resolve(of);
      if (resolution.outcome !== 'resolved') return;
      const untouched = of.installed.filter(({ manifest }) => !of.wishes.some(({ extension }) => extension === manifest.id));
      const still = (selection: Selection): boolean =>
        untouched.every(({ manifest, enabled }) => {
          const pick = selection.get(manifest.id);
          return pick?.candidate.version === manifest.version && pick.enabled === enabled;
        });
      if (of.wishes.some(({ act }) => act === 'upgrade') || still(selectionOf(of, resolution))) return;
      for (const other of solutions(of)) expect({ of, other: [...other], still: still(other) }).toMatchObject({ still: false });
    });
  });

  it('no culprit can be left out, and together they are one', () => {
    let conflicts = 0;
    check((of) => {
      const model = modelOf(of);
      const tried = attempt(model, model.constraints, options);
      if (tried.outcome !== 'contradiction') return;
      conflicts += 1;
      const culprits = leastCulprits(model, tried.culprits, options);
      expect(some(model, culprits)).toBe(false);
      for (const culprit of culprits) {
        const rest = culprits.filter((other) => other !== culprit);
        expect({ of, without: culprit.about, solvable: some(model, rest) }).toMatchObject({ solvable: true });
      }
    });
    expect(conflicts).toBeGreaterThan(RUNS / 8);
  });

  it('every cure cures', () => {
    let cured = 0;
    check((of) => {
      const model = modelOf(of);
      const tried = attempt(model, model.constraints, options);
      if (tried.outcome !== 'contradiction') return;
      const culprits = leastCulprits(model, tried.culprits, options);
      const again = (changed: ResolutionProblem): readonly Constraint[] | null => {
        const other = modelOf(changed);
        const failed = attempt(other, other.constraints, options);
        return failed.outcome === 'contradiction' ? leastCulprits(other, failed.culprits, options) : null;
      };
      const cures = curesOf(of, culprits, again, options.mostSteps);
      for (const { problem: changed } of cures) {
        const [solution] = solutions(changed);
        // One who is made up for a cure has an id of its own, which the plain judge does not try.
        if (changed.registered.every(({ id }) => id !== 'any.provider')) expect(solution).toBeDefined();
        cured += 1;
      }
      expect(cures.length).toBeGreaterThan(0);
    });
    expect(cured).toBeGreaterThan(RUNS / 8);
  });

  it('the answer does not depend on the order in which things are told', () => {
    fc.assert(
      fc.property(someProblem, fc.infiniteStream(fc.nat()), (of, numbers) => {
        const shuffled = <T>(items: readonly T[]): readonly T[] =>
          items
            .map((item) => ({ item, at: numbers.next().value as number }))
            .sort((one, other) => one.at - other.at)
            .map(({ item }) => item);
        const told = { ...of, registered: shuffled(of.registered), installed: shuffled(of.installed), wishes: shuffled(of.wishes) };
        expect(resolve(told)).toEqual(resolve(of));
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
});

/** Whether anything at all keeps these constraints. */
function some(model: Model, constraints: readonly Constraint[]): boolean {
  const choices = (place: number): Choice[] => {
    if (place === model.variables.length) return [[]];
    const { values } = model.variables[place]!;
    const rest = choices(place + 1);
    return [null, ...values].flatMap((value) => rest.map((others) => [value, ...others]));
  };
  expect(wholeDomain(model.variables[0]!) & absent(model.variables[0]!)).not.toBe(0n);
  return choices(0).some((choice) => keeps(model, constraints, choice));
}

it('a platform is one of the things asked', () =>
  expect(resolve({ platform: PLATFORM, registered: [], installed: [], wishes: [] })).toEqual({ outcome: 'resolved', lock: [], order: [] }));

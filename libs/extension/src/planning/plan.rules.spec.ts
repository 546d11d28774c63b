import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Manifest } from '@kari/protocol/manifest';
import { someProblem } from '../../../package/src/testing/universes.js';
import { kv, manifest } from '../testing/stories.js';
import { obstaclesOf, type Neighbour } from './dependencies.rules.js';
import { after } from './plan-order.rules.js';
import { planOf, planText, type PlanChange, type PlanQuestion, type PresentExtension } from './plan.rules.js';

const hash = 'a'.repeat(64);
const pack = (of: Manifest) => ({ manifest: of, bundleHash: hash });
const present = (of: Manifest, more: Partial<PresentExtension> = {}): PresentExtension => ({
  ...pack(of),
  enabled: true,
  grants: [],
  resourceClass: 'S',
  revision: '3',
  busy: null,
  upgrading: null,
  ...more,
});
const ask = (changes: readonly PlanChange[], registered: readonly Manifest[], there: readonly PresentExtension[] = []): PlanQuestion => ({
  changes,
  registered: registered.map(pack),
  present: there,
  platformVersion: '0.1.0',
  safeBoot: false,
});
const install = (extension: string, range: string | null = null, enable = true): PlanChange => ({
  act: 'install',
  extension,
  range,
  enable,
});
const acts = (question: PlanQuestion) =>
  planOf(question).operations.map(({ act, extension, from, to }) => `${act} ${extension} ${from ?? '-'}>${to ?? '-'}`);

const core = manifest({ id: 'acme.core' });
const core2 = manifest({ id: 'acme.core', version: '2.0.0' });
const needing = (range: string, more: Partial<Manifest> = {}) =>
  manifest({ dependencies: { extensions: { 'acme.core': range } }, ...more });

describe('a plan', () => {
  it('names everything that would be done, and who asked', () => {
    const plan = planOf(ask([install('acme.notes')], [core, core2, needing('^1.0.0')]));
    expect(plan.operations.map(({ act, extension, to, asked }) => [act, extension, to, asked])).toEqual([
      ['install', 'acme.core', '1.0.0', false],
      ['install', 'acme.notes', '1.0.0', true],
    ]);
    expect(plan.conflict).toBeNull();
  });
  it('exchanges, toggles and removes what is there', () => {
    expect(acts(ask([{ act: 'upgrade', extension: 'acme.core', range: null }], [core, core2], [present(core)]))).toEqual([
      'upgrade acme.core 1.0.0>2.0.0',
    ]);
    expect(acts(ask([{ act: 'disable', extension: 'acme.core' }], [core], [present(core)]))).toEqual(['disable acme.core 1.0.0>1.0.0']);
    expect(acts(ask([{ act: 'remove', extension: 'acme.core' }], [core], [present(core)]))).toEqual(['remove acme.core 1.0.0>-']);
    expect(acts(ask([install('acme.notes')], [core, needing('*')], [present(core, { enabled: false })]))).toEqual([
      'enable acme.core 1.0.0>1.0.0',
      'install acme.notes ->1.0.0',
    ]);
    expect(acts(ask([install('acme.core')], [core], [present(core)]))).toEqual([]);
  });
  it('asks consent for what goes beyond what is held, and never for what was revoked', () => {
    const asking = (bytes: number, more: Partial<Manifest> = {}) =>
      manifest({ version: '2.0.0', permissions: { kv: { bytes, reason: 'keeps more notes' } }, ...more });
    const rises: PlanChange = { act: 'upgrade', extension: 'acme.notes', range: null };
    const consentTo = (next: Manifest, there: Partial<PresentExtension>) =>
      planOf(ask([rises], [manifest(), next], [present(manifest(), there)])).operations.flatMap(({ consent }) =>
        consent.map(({ id }) => id),
      );
    expect(consentTo(asking(1_000), { grants: [{ ...kv, state: 'granted' }] })).toEqual([]);
    expect(consentTo(asking(2_000), { grants: [{ ...kv, state: 'granted' }] })).toEqual(['kv']);
    expect(consentTo(asking(2_000), { grants: [{ ...kv, state: 'revoked' }] })).toEqual([]);
    const large = asking(1_000, { resources: { class: 'M', reason: 'counts a lot' } });
    expect(consentTo(large, {})).toEqual(['kv', 'resources:M']);
    expect(consentTo(large, { resourceClass: 'L', grants: [{ ...kv, state: 'granted' }] })).toEqual([]);
  });
  it('cannot exchange what is being upgraded already', () => {
    const there = present(core, { upgrading: '2.0.0' });
    const { obstacles } = planOf(ask([{ act: 'upgrade', extension: 'acme.core', range: null }], [core, core2], [there]));
    expect(obstacles).toEqual([{ code: 'EXTENSION_UPGRADE_RUNNING', facts: { extension: 'acme.core', version: '2.0.0' } }]);
    expect(planOf(ask([{ act: 'remove', extension: 'acme.core' }], [core], [there])).obstacles).toEqual([]);
  });
  it('tells what comes and goes', () => {
    const [operation] = planOf(
      ask(
        [install('acme.notes')],
        [manifest({ permissions: { kv: { bytes: 10, reason: 'keeps notes' } }, tasks: { tidy: { description: 'd', every: 'PT1H' } } })],
      ),
    ).operations;
    expect(operation).toMatchObject({
      bundleHash: hash,
      resourceClass: { from: null, to: 'S' },
      sections: [{ section: 'tasks', added: ['tidy'] }],
    });
    expect(operation?.grants.added.map(({ id }) => id)).toEqual(['kv']);
    const [gone] = planOf(
      ask([{ act: 'remove', extension: 'acme.notes' }], [manifest()], [present(manifest(), { grants: [{ ...kv, state: 'granted' }] })]),
    ).operations;
    expect(gone).toMatchObject({ to: null, grants: { removed: ['kv'] }, resourceClass: { from: 'S', to: null } });
  });
});

describe('a plan with upgrades that only fit together', () => {
  const old = needing('^1.0.0');
  const along = needing('^2.0.0', { version: '2.0.0' });
  const both: PlanChange[] = [{ act: 'upgrade', extension: 'acme.notes', range: '^2.0.0' }];
  const plan = planOf(ask(both, [core, core2, old, along], [present(core), present(old)]));

  it('has them as one step, with what keeps each from going alone', () => {
    expect(plan.operations.map(({ act, extension, to, asked, together }) => [act, extension, to, asked, together])).toEqual([
      ['upgrade', 'acme.core', '2.0.0', false, ['acme.notes']],
      ['upgrade', 'acme.notes', '2.0.0', true, ['acme.core']],
    ]);
    expect(plan.groups).toEqual([
      {
        extensions: ['acme.core', 'acme.notes'],
        reasons: ['acme.notes 1.0.0 needs acme.core ^1.0.0.', 'Install a version of acme.core within ^2.0.0; installed is 1.0.0.'],
      },
    ]);
    expect(plan).toMatchObject({ obstacles: [], conflict: null, breaks: [] });
  });
  it('is another plan than one in which they go one by one', () => {
    const apart = { ...plan, groups: [], operations: plan.operations.map((operation) => ({ ...operation, together: [] })) };
    expect(planText(apart)).not.toBe(planText(plan));
  });
});

describe('a plan that cannot be executed', () => {
  const codes = (question: PlanQuestion) => planOf(question).obstacles.map(({ code }) => code);

  it('explains the conflict', () => {
    const plan = planOf(ask([install('acme.notes')], [needing('^1.0.0')]));
    expect(plan.conflict?.explanation).toBe(
      'acme.notes 1.0.0 needs acme.core ^1.0.0, and no version of acme.core is registered; acme.notes is wanted.',
    );
    expect(plan.operations).toEqual([]);
    expect(plan.obstacles.map(({ code }) => code)).toEqual(['EXTENSION_PLAN_CONFLICT']);
  });
  it('names who is busy, whom it breaks, and what no order allows', () => {
    expect(codes(ask([{ act: 'disable', extension: 'acme.core' }], [core], [present(core, { busy: 'installing' })]))).toEqual([
      'EXTENSION_BUSY',
    ]);
    expect(codes({ ...ask([install('acme.core')], [core]), safeBoot: true })).toEqual(['EXTENSION_SAFE_BOOT']);
    const contract = (input: boolean | object) =>
      ({ description: 'd', version: '1.0.0', input: input as never, output: true, effect: 'none', idempotent: true }) as const;
    const clock = manifest({ id: 'acme.clock', plugins: { 'time.now': contract(true) } });
    const narrow = manifest({ id: 'acme.clock', version: '1.1.0', plugins: { 'time.now': contract({ type: 'string' }) } });
    const user = manifest({ dependencies: { plugins: { 'time.now': '^1.0.0' } } });
    const rises: PlanChange = { act: 'upgrade', extension: 'acme.clock', range: null };
    expect(planOf(ask([rises], [clock, narrow, user], [present(clock), present(user)]))).toMatchObject({
      breaks: [{ user: 'acme.notes', kind: 'schema' }],
      obstacles: [{ code: 'EXTENSION_PLAN_BREAKS' }],
    });
    // The old version needs what the new one cannot be beside: neither the exchange nor the removal can be first.
    const refusing = needing('*', { version: '2.0.0', dependencies: { conflicts: { 'acme.core': '*' } } });
    const parting: PlanChange[] = [
      { act: 'upgrade', extension: 'acme.notes', range: '^2.0.0' },
      { act: 'remove', extension: 'acme.core' },
    ];
    expect(codes(ask(parting, [core, needing('*'), refusing], [present(core), present(needing('*'))]))).toEqual([
      'EXTENSION_PLAN_NO_ORDER',
    ]);
  });
});

describe('the text of a plan', () => {
  const text = (there: readonly PresentExtension[], changes: readonly PlanChange[] = [{ act: 'disable', extension: 'acme.notes' }]) =>
    planText(planOf(ask(changes, [core, needing('*')], there)));

  it('moves with whatever it touches or rests on, and with nothing else', () => {
    const apart = manifest({ id: 'acme.apart' });
    const there = [present(core), present(needing('*')), present(apart)];
    const moved = (id: string) => there.map((one) => (one.manifest.id === id ? { ...one, revision: '4' } : one));
    expect(text(there)).toBe(text([...there].reverse()));
    expect(text(moved('acme.notes'))).not.toBe(text(there));
    expect(text(moved('acme.core'))).not.toBe(text(there));
    expect(text(moved('acme.apart'))).toBe(text(there));
    expect(planOf(ask([{ act: 'disable', extension: 'acme.notes' }], [], there)).basis).toEqual(['acme.core@3', 'acme.notes@3']);
  });
});

it('every plan without obstacles leads, step by step, to a tenant in which nothing that was well is unwell', () => {
  let executed = 0;
  fc.assert(
    fc.property(someProblem, ({ platform, registered, installed, wishes }) => {
      const whole = (one: (typeof registered)[number]): Manifest => ({ ...manifest(), ...one });
      const there = installed.map(({ manifest: of, enabled }) => present(whole(of), { enabled }));
      const { operations, obstacles } = planOf({ ...ask(wishes, registered.map(whole), there), platformVersion: platform.version });
      if (obstacles.length > 0) return;
      executed += 1;
      const before: readonly Neighbour[] = there.map(({ manifest: of, enabled }) => ({
        extension: of.id,
        version: of.version,
        status: enabled ? 'enabled' : 'disabled',
        manifest: of,
      }));
      const end = operations.reduce((neighbours, { act, extension, to, from, enabled }) => {
        const of = registered.find(({ id, version }) => id === extension && version === (to ?? from))!;
        return after({ act, extension, enabled, manifest: whole(of) }, neighbours);
      }, before);
      const ill = (neighbours: readonly Neighbour[]): readonly string[] =>
        neighbours.flatMap((one) =>
          one.status === 'enabled' && obstaclesOf(one.manifest, neighbours, platform.version).length > 0 ? [one.extension] : [],
        );
      const unwell = new Set(ill(before));
      expect(ill(end).filter((extension) => !unwell.has(extension))).toEqual([]);
    }),
    { seed: 11, numRuns: 150 },
  );
  expect(executed).toBeGreaterThan(20);
});

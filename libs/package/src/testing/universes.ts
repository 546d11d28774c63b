// For specs: small universes of packages, and the plainest judge of them, who tries everything there is and knows nothing of the resolver.
import fc from 'fast-check';
import type { PluginContract } from '@kari/protocol/manifest';
import { contractOf, needsOf } from '../resolution/needs.rules.js';
import type { Candidate, ResolutionProblem, Wish } from '../resolution/problem.js';
import { compareVersions, covers, isPrerelease, offers } from '../resolution/version-range.rules.js';

export const PLATFORM = { version: '1.0.0', services: ['kv', 'log'] } as const;

export function pack(id: string, version: string, more: Partial<Candidate> = {}): Candidate {
  return { id, version, platform: '*', ...more };
}

export function contract(version: string): PluginContract {
  return { description: 'd', version, input: true, output: true, effect: 'none', idempotent: true };
}

export function problem(
  registered: readonly Candidate[],
  wishes: readonly Wish[],
  installed: ResolutionProblem['installed'] = [],
): ResolutionProblem {
  return { platform: PLATFORM, registered, installed, wishes };
}

export const install = (extension: string, range: string | null = null): Wish => ({ act: 'install', extension, range, enable: true });

const ids = ['acme.a', 'acme.b', 'acme.c', 'acme.d'] as const;
const versions = ['1.0.0', '1.1.0', '2.0.0', '2.1.0-beta.1'] as const;
const range = fc.constantFrom('*', '*', '^1.0.0', '^1.0.0', '<2.0.0', '^1.1.0', '^2.0.0', '>=1.1.0', '1.0.0', '^2.1.0-beta.0');
const need = fc.oneof({ weight: 4, arbitrary: range }, { weight: 1, arbitrary: fc.record({ range, optional: fc.constant(true) }) });

function someOf<T>(keys: readonly string[], value: fc.Arbitrary<T>, most: number): fc.Arbitrary<Record<string, T>> {
  return fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: most, noNullPrototype: true });
}

function candidate(id: string, version: string): fc.Arbitrary<Candidate> {
  const others = ids.filter((other) => other !== id);
  const plugins = someOf(['time.now'], fc.constantFrom('1.0.0', '2.0.0').map(contract), 1);
  return fc.record({
    id: fc.constant(id),
    version: fc.constant(version),
    platform: fc.constantFrom(...Array.from({ length: 11 }, () => '*'), '>=2.0.0'),
    plugins: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: plugins }),
    dependencies: fc.record({
      extensions: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 3, arbitrary: someOf(others, need, 2) }),
      conflicts: fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: someOf(others, range, 1) }),
      plugins: fc.oneof(
        { weight: 4, arbitrary: fc.constant({}) },
        { weight: 1, arbitrary: someOf(['time.now', 'acme.b/time.now'], fc.constantFrom('^1.0.0', '^2.0.0'), 1) },
      ),
      services: fc.constantFrom<[] | ['kv'] | ['tcp']>([], [], [], [], [], [], [], ['kv'], ['kv'], ['tcp']),
    }),
  });
}

const wish: fc.Arbitrary<Wish> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('install' as const),
      extension: fc.constantFrom(...ids),
      range: fc.oneof(fc.constant(null), range),
      enable: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('upgrade' as const),
      extension: fc.constantFrom(...ids),
      range: fc.oneof(fc.constant(null), range),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constantFrom('enable' as const, 'disable' as const, 'remove' as const),
      extension: fc.constantFrom(...ids),
    }),
  },
);

/** Up to four extensions of up to four versions; some of them installed. */
export const someProblem: fc.Arbitrary<ResolutionProblem> = fc
  .tuple(
    ...ids.map((id) =>
      fc.subarray([...versions], { minLength: 1, maxLength: 3 }).map((chosen) => chosen.map((version) => ({ id, version }))),
    ),
  )
  .chain((chosen) => fc.tuple(...chosen.flat().map(({ id, version }) => candidate(id, version))))
  .chain((registered: Candidate[]) =>
    fc.record({
      platform: fc.constant(PLATFORM),
      registered: fc.constant(registered),
      installed: fc
        .subarray(registered, { maxLength: Math.min(3, registered.length) })
        .chain((present) => fc.tuple(...present.map((manifest) => fc.boolean().map((enabled) => ({ manifest, enabled })))))
        .map((present) => present.filter((one, place) => present.findIndex(({ manifest }) => manifest.id === one.manifest.id) === place)),
      wishes: fc.uniqueArray(wish, { minLength: 1, maxLength: 2, selector: ({ extension }) => extension }),
    }),
  );

interface Pick {
  readonly candidate: Candidate;
  readonly enabled: boolean;
}
export type Selection = ReadonlyMap<string, Pick>;

/** Every way to grant the wishes. */
export function* solutions(of: ResolutionProblem): Generator<Selection> {
  for (const selection of selections(of, [...ids])) if (isGood(of, selection)) yield selection;
}

function* selections(of: ResolutionProblem, open: readonly string[]): Generator<Selection> {
  const [id, ...rest] = open;
  if (id === undefined) return yield new Map();
  const present = of.installed.find(({ manifest }) => manifest.id === id);
  const wished = of.wishes.find(({ extension }) => extension === id);
  const rests =
    present?.enabled === false || wished?.act === 'disable' || (wished?.act === 'install' && !wished.enable && present === undefined);
  const candidates = of.registered.filter((one) => one.id === id);
  for (const others of selections(of, rest)) {
    yield others;
    for (const one of candidates)
      for (const enabled of rests ? [true, false] : [true]) yield new Map(others).set(id, { candidate: one, enabled });
  }
}

export function isGood(of: ResolutionProblem, selection: Selection): boolean {
  const presentOf = (id: string) => of.installed.find(({ manifest }) => manifest.id === id);
  const today: Selection = new Map(of.installed.map(({ manifest, enabled }) => [manifest.id, { candidate: manifest, enabled }]));
  const granted = of.wishes.every((wish) => isGranted(of, wish, selection.get(wish.extension), presentOf(wish.extension)));
  const stays = of.installed.every(
    ({ manifest: { id, version } }) =>
      compareVersions(selection.get(id)?.candidate.version ?? '0.0.0', version) >= 0 ||
      of.wishes.some((wish) => wish.act === 'remove' && wish.extension === id),
  );
  if (!granted || !stays) return false;
  for (const [id, { candidate: own, enabled }] of selection) {
    const present = presentOf(id);
    const wished = of.wishes.some(({ act, extension }) => extension === id && act !== 'disable' && act !== 'remove');
    const same = present !== undefined && present.manifest.version === own.version && (present.enabled || !enabled);
    const strict = enabled || present === undefined;
    for (const line of linesOf(own)) {
      if (line(of, selection, strict)) continue;
      if (!(same && !wished && !line(of, today, strict))) return false;
    }
  }
  return starts(of, selection);
}

function isGranted(
  of: ResolutionProblem,
  wish: Wish,
  pick: Pick | undefined,
  present: ResolutionProblem['installed'][number] | undefined,
): boolean {
  switch (wish.act) {
    case 'remove':
      return pick === undefined;
    case 'install':
      return pick !== undefined && fits(of, pick.candidate, wish.range ?? '*') && (pick.enabled || !wish.enable);
    case 'upgrade': {
      if (pick === undefined || present === undefined) return false;
      if (wish.range !== null) return fits(of, pick.candidate, wish.range);
      const above = `>${present.manifest.version}`;
      const higher = of.registered.some((one) => one.id === wish.extension && fits(of, one, above));
      return fits(of, pick.candidate, higher ? above : `>=${present.manifest.version}`);
    }
    case 'enable':
      return pick !== undefined && present !== undefined && pick.enabled;
    case 'disable':
      return pick !== undefined && present !== undefined && !pick.enabled;
  }
}

function fits(of: ResolutionProblem, { id, version }: Candidate, wanted: string): boolean {
  const named = of.wishes.some((wish) => wish.extension === id && 'range' in wish && wish.range !== null && offers(wish.range, version));
  const free =
    !isPrerelease(version) ||
    named ||
    of.installed.some(({ manifest }) => manifest.id === id && manifest.version === version) ||
    !of.registered.some((one) => one.id === id && !isPrerelease(one.version));
  return free ? covers(wanted, version) : offers(wanted, version);
}

type Line = (of: ResolutionProblem, selection: Selection, strict: boolean) => boolean;

function linesOf(own: Candidate): readonly Line[] {
  const { extensions, plugins, conflicts = {}, services = [] } = own.dependencies ?? {};
  return [
    (of) => covers(own.platform, of.platform.version),
    ...services.map(
      (service): Line =>
        (of) =>
          of.platform.services.includes(service),
    ),
    ...needsOf(extensions).map(({ id, range: wanted, optional }): Line => (of, selection, strict) => {
      const pick = selection.get(id);
      if (pick === undefined) return optional;
      return fits(of, pick.candidate, wanted) && (optional || !strict || pick.enabled);
    }),
    ...needsOf(plugins).map(({ id, range: wanted, optional }): Line => (of, selection, strict) => {
      const serves = (one: Candidate): boolean => covers(wanted, contractOf(one, id) ?? 'none');
      return optional || serves(own) || providersOf(of, own, selection, strict).some(serves);
    }),
    ...Object.entries(conflicts).map(
      ([id, wanted]): Line =>
        (_, selection) =>
          !covers(wanted, selection.get(id)?.candidate.version ?? 'none'),
    ),
  ];
}

function providersOf(of: ResolutionProblem, own: Candidate, selection: Selection, strict: boolean): readonly Candidate[] {
  const others = [...selection.values()].filter((pick) => pick.candidate.id !== own.id && (pick.enabled || !strict));
  return others.map((pick) => pick.candidate).filter((one) => fits(of, one, '*'));
}

/** Whether everything can be started, one after the other. */
function starts(of: ResolutionProblem, selection: Selection): boolean {
  const started = new Set(
    of.installed.flatMap(({ manifest, enabled }) => {
      const pick = selection.get(manifest.id);
      return pick !== undefined && pick.candidate.version === manifest.version && (enabled || !pick.enabled) ? [manifest.id] : [];
    }),
  );
  for (let before = -1; before < started.size;) {
    before = started.size;
    for (const [id, { candidate: own, enabled }] of selection) {
      const beside: Selection = new Map([...selection].filter(([other]) => started.has(other)));
      const strict = enabled || !of.installed.some(({ manifest }) => manifest.id === id);
      const { extensions, plugins } = own.dependencies ?? {};
      const waits =
        needsOf(extensions).some((need) => !need.optional && !beside.has(need.id)) ||
        needsOf(plugins).some((need) => {
          const serves = (one: Candidate): boolean => covers(need.range, contractOf(one, need.id) ?? 'none');
          return !need.optional && !serves(own) && !providersOf(of, own, beside, strict).some(serves);
        });
      if (!waits) started.add(id);
    }
  }
  return [...selection.keys()].every((id) => started.has(id));
}

// A question for the resolver as constraints: every extension is a variable whose values are its versions (and to be absent), every wish and
// every line of a manifest a clause over them. What cannot matter for the wishes is left out.
import { clauseOf, type Clause, type Literal } from './clause.rules.js';
import { contractOf, needsOf } from './needs.rules.js';
import type { Candidate, Requirement, ResolutionProblem, Wish } from './problem.js';
import { compareVersions, covers, inOrderOfChoice, isPrerelease, offers } from './version-range.rules.js';

export interface Constraint {
  readonly about: Requirement;
  readonly clauses: readonly Clause[];
}

export interface Value {
  readonly version: string;
  readonly enabled: boolean;
  readonly candidate: Candidate;
}

export interface Variable {
  readonly extension: string;
  /** In the order of preference; the place behind the last one stands for being absent. */
  readonly values: readonly Value[];
  readonly installed: Value | null;
  /** Decided earlier when lower: what is to rise, what is there, what is to come, the rest. */
  readonly rank: number;
}

export interface Model {
  readonly variables: readonly Variable[];
  readonly constraints: readonly Constraint[];
}

/** Every value of the variable, being absent among them. */
export function wholeDomain({ values }: Variable): bigint {
  return (1n << BigInt(values.length + 1)) - 1n;
}

export function absent({ values }: Variable): bigint {
  return 1n << BigInt(values.length);
}

/** Only the wishes and the relevant part of the universe; lines that say the same of several versions are one constraint. */
export function modelOf(problem: ResolutionProblem): Model {
  const of = modelling(problem);
  for (const extension of relevant(of)) {
    of.places.set(extension, of.variables.length);
    of.variables.push(variableOf(of, extension));
  }
  const constraints = [
    ...[...of.problem.wishes].sort(byName).map((wish) => ofWish(of, wish)),
    ...of.variables.flatMap((variable) => ofPresence(of, variable)),
    ...of.variables.flatMap((variable) => ofManifests(of, variable)),
  ];
  return { variables: of.variables, constraints };
}

function byName(one: Wish, other: Wish): number {
  return `${one.extension} ${one.act}` < `${other.extension} ${other.act}` ? -1 : 1;
}

interface Modelling {
  readonly problem: ResolutionProblem;
  readonly candidates: ReadonlyMap<string, ReadonlyMap<string, Candidate>>;
  /** Extensions with a registered release. */
  readonly released: ReadonlySet<string>;
  readonly wishes: ReadonlyMap<string, readonly Wish[]>;
  readonly present: ReadonlyMap<string, ResolutionProblem['installed'][number]>;
  readonly variables: Variable[];
  readonly places: Map<string, number>;
  readonly covered: Map<string, boolean>;
}

function modelling(problem: ResolutionProblem): Modelling {
  const candidates = new Map<string, Map<string, Candidate>>();
  for (const candidate of [...problem.registered, ...problem.installed.map(({ manifest }) => manifest)]) {
    const versions = candidates.get(candidate.id) ?? new Map<string, Candidate>();
    candidates.set(candidate.id, versions.set(candidate.version, candidate));
  }
  const released = new Set(problem.registered.filter(({ version }) => !isPrerelease(version)).map(({ id }) => id));
  const wishes = new Map<string, readonly Wish[]>();
  for (const wish of problem.wishes) wishes.set(wish.extension, [...(wishes.get(wish.extension) ?? []), wish]);
  const present = new Map(problem.installed.map((one) => [one.manifest.id, one]));
  return { problem, candidates, released, wishes, present, variables: [], places: new Map(), covered: new Map() };
}

/** Installed and wished extensions, and what these may bring along, by id. */
function relevant(of: Modelling): readonly string[] {
  const found = new Set([
    ...of.problem.installed.map(({ manifest }) => manifest.id),
    ...of.problem.wishes.map(({ extension }) => extension),
  ]);
  const providers = providersByIntent(of);
  for (const extension of found) {
    for (const { dependencies = {} } of of.candidates.get(extension)?.values() ?? []) {
      for (const { id, optional } of needsOf(dependencies.extensions)) if (!optional) found.add(id);
      for (const { id, optional } of needsOf(dependencies.plugins)) {
        if (!optional) for (const provider of providers.get(id) ?? []) found.add(provider);
      }
    }
  }
  return [...found].sort();
}

function providersByIntent(of: Modelling): ReadonlyMap<string, ReadonlySet<string>> {
  const providers = new Map<string, Set<string>>();
  for (const [extension, versions] of of.candidates) {
    for (const { plugins = {} } of versions.values()) {
      for (const intent of Object.keys(plugins)) {
        for (const name of [intent, `${extension}/${intent}`]) {
          const known = providers.get(name) ?? new Set<string>();
          providers.set(name, known.add(extension));
        }
      }
    }
  }
  return providers;
}

function variableOf(of: Modelling, extension: string): Variable {
  const present = of.present.get(extension);
  const wishes = of.wishes.get(extension) ?? [];
  const rises = wishes.some(({ act }) => act === 'upgrade');
  const candidates = of.candidates.get(extension) ?? new Map<string, Candidate>();
  const chosen = inOrderOfChoice(candidates.keys());
  const current = present?.manifest.version;
  const versions = rises || current === undefined ? chosen : [current, ...chosen.filter((version) => version !== current)];
  const rests =
    present?.enabled === false ||
    wishes.some((wish) => wish.act === 'disable' || (wish.act === 'install' && !wish.enable && present === undefined));
  const values = versions.flatMap((version) =>
    (rests ? [false, true] : [true]).map((enabled): Value => ({ version, enabled, candidate: candidates.get(version)! })),
  );
  const installed = values.find(({ version, enabled }) => version === current && enabled === present?.enabled) ?? null;
  const rank = rises ? 0 : present !== undefined ? 1 : wishes.some(({ act }) => act === 'install') ? 2 : 3;
  return { extension, values, installed, rank };
}

function ofWish(of: Modelling, wish: Wish): Constraint {
  const variable = at(of, wish.extension);
  return { about: { kind: 'wish', wish }, clauses: [clauseOf([literalOf(of, wish.extension, wished(of, wish, variable))])] };
}

function wished(of: Modelling, wish: Wish, variable: Variable): bigint {
  const { installed } = variable;
  switch (wish.act) {
    case 'remove':
      return absent(variable);
    case 'install':
      return valuesWhere(variable, ({ enabled, version }) => fits(of, variable, version, wish.range ?? '*') && (enabled || !wish.enable));
    case 'upgrade': {
      if (installed === null) return 0n;
      const from = `>${installed.version}`;
      const higher = variable.values.some(({ version }) => fits(of, variable, version, from));
      const range = wish.range ?? (higher ? from : `>=${installed.version}`);
      return valuesWhere(variable, ({ version }) => fits(of, variable, version, range));
    }
    case 'enable':
      return installed === null ? 0n : valuesWhere(variable, ({ enabled }) => enabled);
    case 'disable':
      return installed === null ? 0n : valuesWhere(variable, ({ enabled }) => !enabled);
  }
}

function ofPresence(of: Modelling, variable: Variable): readonly Constraint[] {
  const { extension, installed } = variable;
  if (installed === null || (of.wishes.get(extension) ?? []).some(({ act }) => act === 'remove')) return [];
  const { version, enabled } = installed;
  // What an extension has stored was written by its version: it is carried upwards alone.
  const clause = clauseOf([
    literalOf(
      of,
      extension,
      valuesWhere(variable, (value) => compareVersions(value.version, version) >= 0),
    ),
  ]);
  return [{ about: { kind: 'stays', extension, version, enabled }, clauses: [clause] }];
}

function ofManifests(of: Modelling, variable: Variable): readonly Constraint[] {
  const { extension } = variable;
  const groups = new Map<string, { versions: Set<string>; make: (versions: readonly string[]) => Constraint | null }>();
  const said = (key: string, version: string, make: (versions: readonly string[]) => Constraint | null): void => {
    const group = groups.get(key) ?? { versions: new Set<string>(), make };
    group.versions.add(version);
    groups.set(key, group);
  };
  for (const [version, { platform, dependencies = {} }] of of.candidates.get(extension) ?? []) {
    if (!covered(of, platform, of.problem.platform.version))
      said(`platform ${platform}`, version, (versions) => platformLine(of, variable, versions, platform));
    for (const service of dependencies.services ?? []) {
      if (!of.problem.platform.services.includes(service))
        said(`service ${service}`, version, (versions) => serviceLine(of, variable, versions, service));
    }
    for (const { id, range, optional } of needsOf(dependencies.extensions))
      said(`need ${id} ${range} ${optional}`, version, (versions) => needLine(of, variable, versions, id, range, optional));
    for (const { id, range, optional } of needsOf(dependencies.plugins)) {
      const own = of.candidates.get(extension)!.get(version)!;
      const served = contractOf(own, id);
      if (optional || (served !== null && covered(of, range, served))) continue;
      said(`plugin ${id} ${range}`, version, (versions) => pluginLine(of, variable, versions, id, range));
    }
    for (const [id, range] of Object.entries(dependencies.conflicts ?? {}))
      said(`conflict ${id} ${range}`, version, (versions) => conflictLine(of, variable, versions, id, range));
  }
  return [...groups]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, { versions, make }]) => make(inOrderOfChoice(versions)) ?? []);
}

function platformLine(of: Modelling, variable: Variable, versions: readonly string[], range: string): Constraint | null {
  const about = { kind: 'platform', extension: variable.extension, versions, range } as const;
  return constraintOf(of, variable, versions, about, () => []);
}

function serviceLine(of: Modelling, variable: Variable, versions: readonly string[], service: string): Constraint | null {
  const about = { kind: 'service', extension: variable.extension, versions, service } as const;
  return constraintOf(of, variable, versions, about, () => []);
}

function needLine(
  of: Modelling,
  variable: Variable,
  versions: readonly string[],
  target: string,
  range: string,
  optional: boolean,
): Constraint | null {
  const other = find(of, target);
  if (other === null && optional) return null;
  const about = { kind: 'need', extension: variable.extension, versions, target, range, optional } as const;
  return constraintOf(of, variable, versions, about, (enabled) => {
    if (other === null) return [];
    const fitting = valuesWhere(other, (value) => fits(of, other, value.version, range) && (optional || !enabled || value.enabled));
    return [literalOf(of, target, optional ? fitting | absent(other) : fitting)];
  });
}

function conflictLine(of: Modelling, variable: Variable, versions: readonly string[], target: string, range: string): Constraint | null {
  const other = find(of, target);
  if (other === null || target === variable.extension) return null;
  const about = { kind: 'conflict', extension: variable.extension, versions, target, range } as const;
  const beside = valuesWhere(other, ({ version }) => !covered(of, range, version)) | absent(other);
  return constraintOf(of, variable, versions, about, () => [literalOf(of, target, beside)]);
}

function pluginLine(of: Modelling, variable: Variable, versions: readonly string[], target: string, range: string): Constraint | null {
  const about = { kind: 'plugin', extension: variable.extension, versions, target, range } as const;
  return constraintOf(of, variable, versions, about, (enabled) =>
    of.variables.flatMap((other) => {
      if (other.extension === variable.extension) return [];
      const providing = valuesWhere(other, (value) => {
        const served = contractOf(value.candidate, target);
        return served !== null && covered(of, range, served) && fits(of, other, value.version, '*') && (!enabled || value.enabled);
      });
      return providing === 0n ? [] : [literalOf(of, other.extension, providing)];
    }),
  );
}

/**
 * One clause for versions that run (or are to come), one for those that rest where they are: what rests asks only for presence. A line that
 * is not kept today by what is installed, and that nobody asked to change, is not held against the wishes.
 */
function constraintOf(
  of: Modelling,
  variable: Variable,
  versions: readonly string[],
  about: Requirement,
  alternatives: (enabled: boolean) => readonly Literal[],
): Constraint | null {
  const said = new Set(versions);
  const { installed } = variable;
  const wished = (of.wishes.get(variable.extension) ?? []).some(({ act }) => act !== 'disable' && act !== 'remove');
  const clauses = [true, false].flatMap((running) => {
    const literals = alternatives(running);
    const excused = !wished && !literals.some((literal) => holdsToday(of, literal)) ? installed : null;
    const bound = valuesWhere(variable, (value) => {
      if (!said.has(value.version)) return false;
      if (excused?.version === value.version && (excused.enabled || !value.enabled)) return false;
      return (value.enabled || installed === null) === running;
    });
    if (bound === 0n) return [];
    return [clauseOf([literalOf(of, variable.extension, wholeDomain(variable) & ~bound), ...literals])];
  });
  return clauses.length === 0 ? null : { about, clauses };
}

function holdsToday(of: Modelling, { variable, allowed }: Literal): boolean {
  const other = of.variables[variable]!;
  if (other.installed === null) return (allowed & absent(other)) !== 0n;
  return (allowed & (1n << BigInt(other.values.indexOf(other.installed)))) !== 0n;
}

/** A pre-release is taken where it is installed or wished for by name, where the range names one, or where nothing else is registered. */
function fits(of: Modelling, { extension, installed }: Variable, version: string, range: string): boolean {
  if (!isPrerelease(version) || version === installed?.version || !of.released.has(extension)) return covered(of, range, version);
  const byName = (of.wishes.get(extension) ?? []).some((wish) => 'range' in wish && offers(wish.range ?? '*', version));
  return byName ? covered(of, range, version) : offers(range, version);
}

/** Thousands of lines ask the same few things. */
function covered(of: Modelling, range: string, version: string): boolean {
  const key = `${version} ${range}`;
  const known = of.covered.get(key);
  if (known !== undefined) return known;
  const answer = covers(range, version);
  of.covered.set(key, answer);
  return answer;
}

function valuesWhere(variable: Variable, holds: (value: Value) => boolean): bigint {
  let allowed = 0n;
  for (const [place, value] of variable.values.entries()) if (holds(value)) allowed |= 1n << BigInt(place);
  return allowed;
}

function literalOf(of: Modelling, extension: string, allowed: bigint): Literal {
  return { variable: of.places.get(extension)!, allowed };
}

function at(of: Modelling, extension: string): Variable {
  return of.variables[of.places.get(extension)!]!;
}

function find(of: Modelling, extension: string): Variable | null {
  const place = of.places.get(extension);
  return place === undefined ? null : of.variables[place]!;
}

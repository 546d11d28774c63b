// One try at a model, or at a part of its constraints: what to decide first, and the circles that no order of starting undoes.
import { clauseOf, type Clause, type Literal } from './clause.rules.js';
import { absent, wholeDomain, type Constraint, type Model, type Value, type Variable } from './model.rules.js';
import { search, type Domains } from './solver.rules.js';
import { startOrder, type StartOrder, type Startable } from './start-order.rules.js';

/** What each variable came to, null for absent; in the order of the model's variables. */
export type Choice = readonly (Value | null)[];

export type Attempt =
  | { readonly outcome: 'found'; readonly choice: Choice; readonly order: readonly string[]; readonly steps: number }
  | { readonly outcome: 'contradiction'; readonly culprits: readonly Constraint[]; readonly steps: number }
  | { readonly outcome: 'exhausted'; readonly steps: number };

export interface AttemptOptions {
  readonly mostSteps: number;
  /** Default: true. Without, circles are let be. */
  readonly mustStart?: boolean;
}

export function attempt(model: Model, constraints: readonly Constraint[], { mostSteps, mustStart = true }: AttemptOptions): Attempt {
  const { variables } = model;
  const clauses = constraints.flatMap((constraint) => constraint.clauses);
  const met: Clause[] = [...clauses];
  const byRank = variables.map((_, place) => place).sort((one, other) => variables[one]!.rank - variables[other]!.rank || one - other);
  const found = search({
    domains: variables.map(wholeDomain),
    clauses,
    mostSteps,
    decide: (domains) => needed(variables, byRank, domains) ?? chosen(variables, met, domains),
    objection: (domains) => {
      if (!mustStart) return null;
      const clause = circle(variables, constraints, choiceOf(variables, domains));
      if (clause !== null) met.push(clause);
      return clause;
    },
  });
  if (found.outcome === 'exhausted') return found;
  if (found.outcome === 'contradiction') {
    const culprits = constraints.filter((constraint) => constraint.clauses.some((clause) => found.origins.has(clause)));
    return { outcome: 'contradiction', culprits, steps: found.steps };
  }
  const choice = choiceOf(variables, found.domains);
  return { outcome: 'found', choice, order: orderOf(variables, constraints, choice).order, steps: found.steps };
}

/** Whether a choice keeps every clause of the constraints and can be started. */
export function keeps(model: Model, constraints: readonly Constraint[], choice: Choice): boolean {
  const taken = choice.map((value, place) => bitOf(model.variables[place]!, value));
  const holds = ({ literals }: Clause): boolean => literals.some(({ variable, allowed }) => (taken[variable]! & allowed) !== 0n);
  return constraints.every(({ clauses }) => clauses.every(holds)) && orderOf(model.variables, constraints, choice).stuck.length === 0;
}

type Decision = { readonly variable: number; readonly allowed: bigint } | null;

/** Something that must be there, in its best version. */
function needed(variables: readonly Variable[], byRank: readonly number[], domains: Domains): Decision {
  for (const variable of byRank) {
    const open = domains[variable]!;
    if ((open & (open - 1n)) !== 0n && (open & absent(variables[variable]!)) === 0n) return { variable, allowed: lowest(open) };
  }
  return null;
}

/** One of several ways to fulfil a clause: what is there before what is not, then by id. */
function chosen(variables: readonly Variable[], clauses: readonly Clause[], domains: Domains): Decision {
  const rest = (variable: number): bigint => {
    const open = domains[variable]!;
    const none = absent(variables[variable]!);
    return (open & none) === 0n ? open : none;
  };
  for (const { literals } of clauses) {
    if (literals.some(({ variable, allowed }) => (rest(variable) & allowed) !== 0n)) continue;
    const [best] = literals
      .filter(({ variable, allowed }) => (domains[variable]! & allowed) !== 0n)
      .sort((one, other) => variables[one.variable]!.rank - variables[other.variable]!.rank || one.variable - other.variable);
    if (best !== undefined) return { variable: best.variable, allowed: lowest(domains[best.variable]! & best.allowed) };
  }
  return null;
}

function choiceOf(variables: readonly Variable[], domains: Domains): Choice {
  return variables.map((variable, place) => {
    const open = domains[place]!;
    return (open & absent(variable)) !== 0n ? null : (variable.values[indexOf(open)] ?? null);
  });
}

function orderOf(variables: readonly Variable[], constraints: readonly Constraint[], choice: Choice): StartOrder {
  return startOrder(startables(variables, constraints, choice).map(({ startable }) => startable));
}

interface Waiting {
  readonly startable: Startable;
  /** Each line that makes it wait: its clause, and whom it waits for. */
  readonly lines: readonly { readonly clause: Clause; readonly targets: readonly string[] }[];
}

function startables(variables: readonly Variable[], constraints: readonly Constraint[], choice: Choice): readonly Waiting[] {
  const taken = choice.map((value, place) => bitOf(variables[place]!, value));
  const places = new Map(variables.map(({ extension }, place) => [extension, place]));
  const lines = new Map<string, { clause: Clause; targets: readonly string[]; optional: boolean }[]>();
  for (const { about, clauses } of constraints) {
    if (about.kind !== 'need' && about.kind !== 'plugin') continue;
    const own = places.get(about.extension)!;
    if (choice[own] === null) continue;
    for (const clause of clauses) {
      const self = clause.literals.find(({ variable }) => variable === own);
      if (self !== undefined && (taken[own]! & self.allowed) !== 0n) continue;
      const targets = clause.literals
        .filter(({ variable, allowed }) => variable !== own && choice[variable] !== null && (taken[variable]! & allowed) !== 0n)
        .map(({ variable }) => variables[variable]!.extension);
      const optional = about.kind === 'need' && about.optional;
      lines.set(about.extension, [...(lines.get(about.extension) ?? []), { clause, targets, optional }]);
    }
  }
  return choice.flatMap((value, place): readonly Waiting[] => {
    if (value === null) return [];
    const { extension } = variables[place]!;
    const own = lines.get(extension) ?? [];
    const asked = own.filter(({ optional }) => !optional);
    const runs = (bitOf(variables[place]!, value) & running(variables[place]!)) !== 0n;
    const prefers = own.filter(({ optional }) => optional).flatMap(({ targets }) => targets);
    const startable = { extension, prefers, needsOneOf: asked.map(({ targets }) => targets), runs };
    return [{ startable, lines: asked }];
  });
}

/**
 * What forbids the smallest circle there is: one of its members must do without its line, or someone outside of it must serve it. Null when
 * everything can be started.
 */
function circle(variables: readonly Variable[], constraints: readonly Constraint[], choice: Choice): Clause | null {
  const waiting = startables(variables, constraints, choice);
  const stuck = new Set(startOrder(waiting.map(({ startable }) => startable)).stuck);
  if (stuck.size === 0) return null;
  const blocking = new Map(
    waiting
      .filter(({ startable }) => stuck.has(startable.extension))
      .map(({ startable, lines }) => [startable.extension, lines.find(({ targets }) => targets.every((target) => stuck.has(target)))!]),
  );
  const circles = [...stuck].map((start) => {
    const members = new Set([start]);
    for (const member of members) for (const target of blocking.get(member)!.targets) members.add(target);
    return members;
  });
  const smallest = circles.reduce((best, one) => (one.size < best.size ? one : best));
  const lines = [...smallest].map((member) => blocking.get(member)!.clause);
  const inside = (variable: number): boolean => smallest.has(variables[variable]!.extension);
  const literals = lines.flatMap((clause, place): readonly Literal[] => {
    const member = [...smallest][place];
    return clause.literals
      .filter(({ variable }) => variables[variable]!.extension === member || !inside(variable))
      .map(({ variable, allowed }) => {
        const of = variables[variable]!;
        return { variable, allowed: of.extension === member ? allowed | running(of) : allowed };
      });
  });
  return clauseOf(literals, lines);
}

/** Values in which it need not be started: it is there, as it is. */
function running({ values, installed }: Variable): bigint {
  return values.reduce((bits, value, place) => {
    const stays = installed !== null && (value === installed || (value.version === installed.version && !value.enabled));
    return stays ? bits | (1n << BigInt(place)) : bits;
  }, 0n);
}

function bitOf(variable: Variable, value: Value | null): bigint {
  return value === null ? absent(variable) : 1n << BigInt(variable.values.indexOf(value));
}

function lowest(open: bigint): bigint {
  return open & -open;
}

function indexOf(bit: bigint): number {
  return bit.toString(2).length - 1;
}

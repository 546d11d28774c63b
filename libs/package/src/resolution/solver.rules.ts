// Finds values for variables under clauses: what follows is followed, what does not is tried in the order of preference, and every
// contradiction leaves a clause behind that rules out its like (conflict-driven learning, as PubGrub does for versions). Ends always: with
// values, with the clauses that contradict each other, or at its limit of steps.
import { originsOf, resolvent, type Clause } from './clause.rules.js';

/** Bits of the values that each variable may still take. */
export type Domains = readonly bigint[];

export interface SearchSpace {
  readonly domains: Domains;
  readonly clauses: readonly Clause[];
  /** What to try next; null when everything that must be decided is. */
  decide(domains: Domains): { readonly variable: number; readonly allowed: bigint } | null;
  /** A clause, derived from others, that the values do not keep once all the rest is left as it may be; null when they are good. */
  objection(domains: Domains): Clause | null;
  /** Clauses looked at before it gives up. */
  readonly mostSteps: number;
}

export type Search =
  | { readonly outcome: 'found'; readonly domains: Domains; readonly steps: number }
  /** The clauses asked for that cannot all hold. */
  | { readonly outcome: 'contradiction'; readonly origins: ReadonlySet<Clause>; readonly steps: number }
  | { readonly outcome: 'exhausted'; readonly steps: number };

interface Step {
  readonly variable: number;
  readonly before: bigint;
  readonly after: bigint;
  /** Why the values shrank; null for a decision. */
  readonly reason: Clause | null;
  readonly level: number;
}

export function search(space: SearchSpace): Search {
  const domains = [...space.domains];
  const steps: Step[] = [];
  const ofVariable: number[][] = domains.map(() => []);
  const watching: Clause[][] = domains.map(() => []);
  let level = 0;
  let taken = 0;

  const watch = (clause: Clause): void => {
    for (const { variable } of clause.literals) watching[variable]!.push(clause);
  };
  const narrow = (variable: number, allowed: bigint, reason: Clause | null): void => {
    const before = domains[variable]!;
    const after = before & allowed;
    ofVariable[variable]!.push(steps.length);
    steps.push({ variable, before, after, reason, level });
    domains[variable] = after;
  };
  const backTo = (target: number): void => {
    while (steps.length > 0 && steps.at(-1)!.level > target) {
      const { variable, before } = steps.pop()!;
      ofVariable[variable]!.pop();
      domains[variable] = before;
    }
    level = target;
  };
  /** Looks at one clause: answers it when nothing of it can hold, and follows it when only one literal is left. */
  const follow = (clause: Clause, changed: number[]): boolean => {
    taken += 1;
    let left: { variable: number; allowed: bigint } | null = null;
    for (const literal of clause.literals) {
      const now = domains[literal.variable]!;
      const common = now & literal.allowed;
      if (common === 0n) continue;
      if (common === now || left !== null) return true;
      left = literal;
    }
    if (left === null) return false;
    narrow(left.variable, left.allowed, clause);
    changed.push(left.variable);
    return true;
  };
  /** Follows everything that follows; answers the clause that nothing can keep, if there is one. */
  const propagate = (clauses: readonly Clause[], changed: number[]): Clause | null => {
    for (const clause of clauses) if (!follow(clause, changed)) return clause;
    for (let next = changed.pop(); next !== undefined; next = changed.pop()) {
      for (const clause of watching[next]!) if (!follow(clause, changed)) return clause;
    }
    return null;
  };
  /** The step by which a literal became impossible, -1 when it always was. */
  const endOf = (variable: number, allowed: bigint): number =>
    ofVariable[variable]!.find((index) => (steps[index]!.after & allowed) === 0n) ?? -1;
  /** What a contradiction teaches, and how far back it holds; no level when it holds everywhere. */
  const learn = (conflict: Clause): { clause: Clause; level: number | null } => {
    let clause = conflict;
    for (;;) {
      const ends = clause.literals.map(({ variable, allowed }) => endOf(variable, allowed)).sort((one, other) => other - one);
      const last = ends[0] ?? -1;
      if (last < 0) return { clause, level: null };
      const { reason, variable, level: at } = steps[last]!;
      const earlier = ends[1] ?? -1;
      const back = earlier < 0 ? 0 : steps[earlier]!.level;
      if (at > 0 && (reason === null || back < at)) return { clause, level: back };
      clause = resolvent(clause, reason!, variable);
    }
  };

  for (const clause of space.clauses) watch(clause);
  let conflict = propagate(space.clauses, []);
  for (;;) {
    if (taken > space.mostSteps) return { outcome: 'exhausted', steps: taken };
    if (conflict !== null) {
      const { clause, level: back } = learn(conflict);
      if (back === null) return { outcome: 'contradiction', origins: originsOf(clause), steps: taken };
      backTo(back);
      watch(clause);
      conflict = propagate([clause], []);
      continue;
    }
    const decision = space.decide(domains);
    if (decision !== null) {
      level += 1;
      narrow(decision.variable, decision.allowed, null);
      conflict = propagate([], [decision.variable]);
      continue;
    }
    const objection = space.objection(domains);
    if (objection === null) return { outcome: 'found', domains, steps: taken };
    watch(objection);
    conflict = propagate([objection], []);
  }
}

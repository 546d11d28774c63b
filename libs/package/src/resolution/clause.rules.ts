// One clause: at least one of its literals must hold, each of which says that a variable takes one of the allowed values. What a clause was
// derived from is kept, so that a contradiction can name the constraints behind it.

export interface Literal {
  readonly variable: number;
  /** One bit for each value. */
  readonly allowed: bigint;
}

export interface Clause {
  readonly literals: readonly Literal[];
  /** The clauses it follows from; none for one that was asked for. */
  readonly parents: readonly Clause[];
}

/** A literal that nothing can fulfil is left out; literals of one variable are one. */
export function clauseOf(literals: readonly Literal[], parents: readonly Clause[] = []): Clause {
  const merged = new Map<number, bigint>();
  for (const { variable, allowed } of literals) if (allowed !== 0n) merged.set(variable, (merged.get(variable) ?? 0n) | allowed);
  return { literals: [...merged].map(([variable, allowed]) => ({ variable, allowed })), parents };
}

/**
 * What follows from two clauses whatever the variable takes: its value lies in what both allow, or something else of one of the two holds.
 */
export function resolvent(one: Clause, other: Clause, variable: number): Clause {
  const allowed = allowedIn(one, variable) & allowedIn(other, variable);
  const rest = [...one.literals, ...other.literals].filter((literal) => literal.variable !== variable);
  return clauseOf([{ variable, allowed }, ...rest], [one, other]);
}

/** The clauses that were asked for, from which this one was derived. */
export function originsOf(clause: Clause): ReadonlySet<Clause> {
  const origins = new Set<Clause>();
  const seen = new Set<Clause>();
  const open = [clause];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (next.parents.length === 0) origins.add(next);
    else open.push(...next.parents);
  }
  return origins;
}

function allowedIn(clause: Clause, variable: number): bigint {
  return clause.literals.find((literal) => literal.variable === variable)?.allowed ?? 0n;
}

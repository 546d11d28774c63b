import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clauseOf, type Clause } from './clause.rules.js';
import { search, type Domains, type Search } from './solver.rules.js';

const VALUES = 3;
const whole = (1n << BigInt(VALUES)) - 1n;
const lowest = (open: bigint): bigint => open & -open;

function find(
  variables: number,
  clauses: readonly Clause[],
  mostSteps = 100_000,
  objection: (domains: Domains) => Clause | null = () => null,
): Search {
  return search({
    domains: Array.from({ length: variables }, () => whole),
    clauses,
    mostSteps,
    objection,
    decide: (domains) => {
      const variable = domains.findIndex((open) => open !== lowest(open));
      return variable < 0 ? null : { variable, allowed: lowest(domains[variable]!) };
    },
  });
}
const holds = (clauses: readonly Clause[], domains: Domains): boolean =>
  clauses.every(({ literals }) => literals.some(({ variable, allowed }) => (domains[variable]! & allowed) !== 0n));
function* all(variables: number): Generator<Domains> {
  for (let number = 0; number < VALUES ** variables; number += 1)
    yield Array.from({ length: variables }, (_, place) => 1n << BigInt(Math.floor(number / VALUES ** place) % VALUES));
}

describe('a search', () => {
  it('takes what is preferred where it may', () => {
    expect(find(2, [])).toMatchObject({ outcome: 'found', domains: [1n, 1n] });
    expect(find(1, [clauseOf([{ variable: 0, allowed: 0b110n }])])).toMatchObject({ outcome: 'found', domains: [0b010n] });
  });
  it('names only the clauses that contradict each other', () => {
    const idle = clauseOf([{ variable: 1, allowed: 0b001n }]);
    const clash = [clauseOf([{ variable: 0, allowed: 0b001n }]), clauseOf([{ variable: 0, allowed: 0b010n }])];
    const found = find(2, [idle, ...clash]);
    expect(found.outcome === 'contradiction' && [...found.origins]).toEqual(expect.arrayContaining(clash));
    expect(found.outcome === 'contradiction' && found.origins.has(idle)).toBe(false);
  });
  it('listens to objections to what it found', () => {
    const never = (domains: Domains): Clause | null => (domains[0] === 1n ? clauseOf([{ variable: 0, allowed: 0b110n }]) : null);
    expect(find(1, [], 1_000, never)).toMatchObject({ outcome: 'found', domains: [0b010n] });
  });
  it('ends at its limit', () => {
    const clause = clauseOf([{ variable: 0, allowed: 0b110n }]);
    expect(find(1, [clause, clause, clause], 1).outcome).toBe('exhausted');
  });
  it('finds something exactly when there is something, and blames what is to blame', () => {
    const literal = fc.record({ variable: fc.nat(3), allowed: fc.integer({ min: 1, max: 6 }).map(BigInt) });
    const clause = fc.array(literal, { minLength: 1, maxLength: 3 }).map((literals) => clauseOf(literals));
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(clause, { minLength: 4, maxLength: 24 }), (clauses) => {
        const solvable = (of: readonly Clause[]): boolean => [...all(4)].some((domains) => holds(of, domains));
        const found = find(4, clauses);
        seen.add(found.outcome);
        if (found.outcome === 'found') expect(holds(clauses, found.domains)).toBe(true);
        else expect(found.outcome === 'contradiction' && solvable([...found.origins])).toBe(false);
        expect(found.outcome === 'found').toBe(solvable(clauses));
      }),
      { seed: 3, numRuns: 200 },
    );
    expect([...seen].sort()).toEqual(['contradiction', 'found']);
  });
});

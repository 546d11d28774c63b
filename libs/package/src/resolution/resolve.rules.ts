// The resolver: which version of what a tenant would have if wishes were granted, in which order it starts; or why that cannot be, told by
// the constraints of which none may be left out, with what would cure it. The answer depends on what is asked alone, never on its order.
import { attempt, type AttemptOptions } from './attempt.rules.js';
import { curesOf } from './cures.rules.js';
import { modelOf, type Constraint, type Model } from './model.rules.js';
import type { Requirement, ResolutionProblem } from './problem.js';
import { explanationOf, wordsOf } from './words.rules.js';

interface Locked {
  readonly extension: string;
  readonly version: string;
  /** Whether it runs: it was wished for so, is enabled already, or something that runs needs it. */
  readonly enabled: boolean;
}

interface Culprit {
  readonly about: Requirement;
  readonly words: string;
}

export type Resolution =
  | {
      readonly outcome: 'resolved';
      /** By extension. */
      readonly lock: readonly Locked[];
      /** Every extension of the lock: what is needed first, ties by id. */
      readonly order: readonly string[];
    }
  | {
      readonly outcome: 'conflict';
      /** Constraints that cannot all hold; without any one of them the others can. */
      readonly culprits: readonly Culprit[];
      readonly explanation: string;
      /** What would do, in words; each was tried. */
      readonly cures: readonly string[];
    }
  /** The question was too hard for the limit of steps. */
  | { readonly outcome: 'exhausted'; readonly steps: number };

export interface ResolveOptions {
  /** Clauses looked at before the resolver gives up; default 2,000,000. */
  readonly mostSteps?: number;
}

const MOST_STEPS = 2_000_000;

export function resolve(problem: ResolutionProblem, { mostSteps = MOST_STEPS }: ResolveOptions = {}): Resolution {
  const model = modelOf(problem);
  const tried = attempt(model, model.constraints, { mostSteps });
  switch (tried.outcome) {
    case 'exhausted':
      return tried;
    case 'found': {
      const lock = tried.choice.flatMap((value, place): readonly Locked[] =>
        value === null ? [] : [{ extension: model.variables[place]!.extension, version: value.version, enabled: value.enabled }],
      );
      return { outcome: 'resolved', lock, order: tried.order };
    }
    case 'contradiction': {
      const culprits = leastCulprits(model, tried.culprits, { mostSteps });
      const circular = attempt(model, culprits, { mostSteps, mustStart: false }).outcome === 'found';
      const again = (changed: ResolutionProblem): readonly Constraint[] | null => {
        const other = modelOf(changed);
        const failed = attempt(other, other.constraints, { mostSteps });
        return failed.outcome === 'contradiction' ? leastCulprits(other, failed.culprits, { mostSteps }) : null;
      };
      return {
        outcome: 'conflict',
        culprits: culprits.map(({ about }) => ({ about, words: wordsOf(about, problem) })),
        explanation: explanationOf(culprits, problem, circular),
        cures: curesOf(problem, culprits, again, mostSteps).map(({ words }) => words),
      };
    }
  }
}

/** Leaves out one after the other whatever the contradiction stands without; from both ends, and the smaller rest counts. */
export function leastCulprits(model: Model, culprits: readonly Constraint[], options: AttemptOptions): readonly Constraint[] {
  const forward = reduced(model, culprits, options);
  const backward = reduced(model, [...culprits].reverse(), options);
  const least = new Set(backward.length < forward.length ? backward : forward);
  return culprits.filter((culprit) => least.has(culprit));
}

function reduced(model: Model, culprits: readonly Constraint[], options: AttemptOptions): readonly Constraint[] {
  let kept = culprits;
  for (const culprit of culprits) {
    if (!kept.includes(culprit)) continue;
    const tried = attempt(
      model,
      kept.filter((other) => other !== culprit),
      options,
    );
    // Whatever the rest contradicts itself with is smaller still.
    if (tried.outcome === 'contradiction') kept = culprits.filter((other) => tried.culprits.includes(other));
  }
  return kept;
}

// What would undo a contradiction: changes to the wishes, or to what is there. Each is tried before it is offered; where no single one is
// enough, what is left is cured in turn.
import { attempt } from './attempt.rules.js';
import { modelOf, type Constraint } from './model.rules.js';
import type { Candidate, Requirement, ResolutionProblem, Wish } from './problem.js';
import { covers, lowestWithin } from './version-range.rules.js';

export interface Cure {
  /** In words, one sentence for each thing to do. */
  readonly words: string;
  /** The question with the cure applied: it has an answer. */
  readonly problem: ResolutionProblem;
}

interface Step {
  readonly words: string;
  readonly problem: ResolutionProblem;
}

const MOST_CURES = 5;
const MOST_TRIES = 60;
const DEEPEST = 4;

export function curesOf(
  problem: ResolutionProblem,
  culprits: readonly Constraint[],
  culpritsOf: (problem: ResolutionProblem) => readonly Constraint[] | null,
  mostSteps: number,
): readonly Cure[] {
  const cures = new Map<string, Cure>();
  let open: { readonly step: Step; readonly culprits: readonly Constraint[] }[] = [{ step: { words: '', problem }, culprits }];
  let tries = 0;
  for (let depth = 0; depth < DEEPEST && cures.size === 0; depth += 1) {
    const deeper: typeof open = [];
    for (const { step, culprits: found } of open) {
      for (const next of stepsFor(step.problem, found)) {
        if (cures.size >= MOST_CURES || tries >= MOST_TRIES) break;
        tries += 1;
        const words = step.words === '' ? next.words : `${step.words} ${next.words}`;
        const model = modelOf(next.problem);
        const tried = attempt(model, model.constraints, { mostSteps });
        if (tried.outcome === 'found') {
          if (!cures.has(words)) cures.set(words, { words, problem: next.problem });
        } else if (depth + 1 < DEEPEST && deeper.length < 6) {
          const rest = culpritsOf(next.problem);
          if (rest !== null) deeper.push({ step: { words, problem: next.problem }, culprits: rest });
        }
      }
    }
    open = deeper;
  }
  return [...cures.values()];
}

/** The single things that could be done about it. */
function stepsFor(problem: ResolutionProblem, culprits: readonly Constraint[]): readonly Step[] {
  const steps = culprits.flatMap(({ about }) => stepsAgainst(about, culprits, problem));
  return [...new Map(steps.map((step) => [step.words, step])).values()];
}

function stepsAgainst(about: Requirement, culprits: readonly Constraint[], problem: ResolutionProblem): readonly Step[] {
  switch (about.kind) {
    case 'wish':
      return [...otherVersion(about.wish, problem), withoutWish(about.wish, problem)];
    case 'stays':
      return leaving(about.extension, about.enabled, culprits, problem);
    case 'need':
      return about.optional ? [] : registering(about.target, about.range, problem);
    case 'plugin':
      return providing(about.target, about.range, problem);
    case 'platform': {
      const version = lowestWithin(about.range);
      if (version === null) return [];
      const words = `Run ${about.extension} on a Kari within ${about.range}.`;
      return [{ words, problem: { ...problem, platform: { ...problem.platform, version } } }];
    }
    case 'conflict':
    case 'service':
      return [];
  }
}

function withoutWish(wish: Wish, problem: ResolutionProblem): Step {
  const { act, extension } = wish;
  const words = {
    install: `Do without ${extension}.`,
    upgrade: `Leave ${extension} at its version.`,
    enable: `Leave ${extension} disabled.`,
    disable: `Leave ${extension} enabled.`,
    remove: `Keep ${extension}.`,
  }[act];
  return { words, problem: { ...problem, wishes: problem.wishes.filter((other) => other !== wish) } };
}

/** The version that fits best when the wish names none. */
function otherVersion(wish: Wish, problem: ResolutionProblem): readonly Step[] {
  if (!('range' in wish) || wish.range === null) return [];
  const free: ResolutionProblem = {
    ...problem,
    wishes: problem.wishes.map((other) => (other === wish ? { ...wish, range: null } : other)),
  };
  const model = modelOf(free);
  const tried = attempt(model, model.constraints, { mostSteps: 100_000 });
  if (tried.outcome !== 'found') return [];
  const version = tried.choice[model.variables.findIndex(({ extension }) => extension === wish.extension)]?.version;
  if (version === undefined) return [];
  const wishes = problem.wishes.map((other) => (other === wish ? { ...wish, range: version } : other));
  return [{ words: `Take ${wish.extension} ${version} instead of ${wish.range}.`, problem: { ...problem, wishes } }];
}

function leaving(extension: string, enabled: boolean, culprits: readonly Constraint[], problem: ResolutionProblem): readonly Step[] {
  const acts = new Set(culprits.flatMap(({ about }) => (about.kind === 'wish' ? [about.wish.act] : [])));
  const wished = (act: 'disable' | 'remove'): ResolutionProblem => ({ ...problem, wishes: [...problem.wishes, { act, extension }] });
  const too = acts.has('remove') || acts.has('disable') ? ' as well' : '';
  return [
    ...(enabled && acts.has('disable') ? [{ words: `Disable ${extension}${too}.`, problem: wished('disable') }] : []),
    { words: `Remove ${extension}${too}.`, problem: wished('remove') },
  ];
}

/** A version that fits and needs nothing else, if there were one. */
function registering(target: string, range: string, problem: ResolutionProblem): readonly Step[] {
  const known = [...problem.registered, ...problem.installed.map(({ manifest }) => manifest)];
  const version = lowestWithin(range);
  if (version === null || known.some(({ id, version: there }) => id === target && covers(range, there))) return [];
  return [
    registered(
      `Put a package of ${target} within ${range} into an extensions folder and rescan.`,
      { id: target, version, platform: '*' },
      problem,
    ),
  ];
}

function providing(plugin: string, range: string, problem: ResolutionProblem): readonly Step[] {
  const version = lowestWithin(range);
  if (version === null) return [];
  const slash = plugin.indexOf('/');
  const intent = plugin.slice(slash + 1);
  const contract = { description: '', version, input: true, output: true, effect: 'none', idempotent: true } as const;
  const id = slash < 0 ? 'any.provider' : plugin.slice(0, slash);
  const known = [...problem.registered, ...problem.installed.map(({ manifest }) => manifest)].filter((candidate) => candidate.id === id);
  if (known.some(({ plugins = {} }) => plugins[intent] !== undefined && covers(range, plugins[intent].version))) return [];
  const words = `Put a package${slash < 0 ? '' : ` of ${id}`} that provides the plugin ${intent} within ${range} into an extensions folder and rescan.`;
  return [registered(words, { id, version: '999999.0.0', platform: '*', plugins: { [intent]: contract } }, problem)];
}

function registered(words: string, candidate: Candidate, problem: ResolutionProblem): Step {
  return { words, problem: { ...problem, registered: [...problem.registered, candidate] } };
}

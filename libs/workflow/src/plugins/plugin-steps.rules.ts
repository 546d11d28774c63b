// The graph of a run: which step may take which result, checked as a whole before anything is called.
import { rejected } from '@kari/kernel';
import type { PluginRun, PluginStep } from '../contract.js';
import { BadPointer, tokensOf, valueAt, withValueAt } from './json-pointer.rules.js';
import { parseReference } from './plugin-reference.rules.js';

const MOST_STEPS = 32;
const MOST_CONCURRENCY = 16;

/** What pointers read: the run's input and the outputs so far. */
export interface RunScope {
  readonly input: unknown;
  readonly steps: Readonly<Record<string, unknown>>;
}

const STEP_ID = /^[a-z][a-z0-9_-]{0,63}$/;

/** Throws `Rejection` PLUGIN_STEPS_INVALID or PLUGIN_REFERENCE_INVALID for the first step that could not run. */
export function checkRun(run: Pick<PluginRun, 'mode' | 'steps' | 'concurrency'>): void {
  const { steps, concurrency } = run;
  if (steps.length === 0 || steps.length > MOST_STEPS) throw invalid('', `a run has 1 to ${MOST_STEPS} steps`);
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= MOST_CONCURRENCY)) {
    throw invalid('', `concurrency is a whole number from 1 to ${MOST_CONCURRENCY}`);
  }
  const earlier = new Set<string>();
  const ids = new Set(steps.map(({ id }) => id));
  for (const step of steps) {
    checkStep(step, earlier, ids, run.mode);
    earlier.add(step.id);
  }
}

/** The input of a step; throws `Rejection` PLUGIN_STEP_INPUT_MISSING where a pointer leads nowhere. */
export function inputOf(step: PluginStep, scope: RunScope): unknown {
  let input: unknown = step.input;
  for (const [place, source] of Object.entries(step.from ?? {})) {
    const value = valueAt(scope, tokensOf(source));
    if (value === undefined) throw rejected('PLUGIN_STEP_INPUT_MISSING', { step: step.id, pointer: source });
    try {
      input = withValueAt(input, tokensOf(place), value);
    } catch (error) {
      throw invalid(step.id, `the place ${place} cannot be filled: ${(error as Error).message}`);
    }
  }
  return input === undefined ? {} : input;
}

function checkStep(step: PluginStep, earlier: ReadonlySet<string>, ids: ReadonlySet<string>, mode: PluginRun['mode']): void {
  const { id, retry, fallback, timeoutMs, from } = step;
  if (!STEP_ID.test(id)) throw invalid(id.slice(0, 64), 'its id is not written like first_step');
  if (earlier.has(id)) throw invalid(id, 'another step has the same id');
  parseReference(step.plugin);
  if (fallback !== undefined && 'plugin' in fallback) parseReference(fallback.plugin);
  if (timeoutMs !== undefined && !isBetween(timeoutMs, 1, 900_000)) throw invalid(id, 'timeoutMs is from 1 to 900000');
  if (retry !== undefined && !isBetween(retry.attempts, 1, 10)) throw invalid(id, 'retry.attempts is from 1 to 10');
  for (const [place, source] of Object.entries(from ?? {})) {
    const [root, of] = tokensAt(id, source);
    tokensAt(id, place);
    if (root === 'input') continue;
    if (root !== 'steps' || of === undefined) throw invalid(id, `${source} starts neither with /input nor with /steps/<id>`);
    if (mode === 'parallel') throw invalid(id, `${source} is the output of a step that runs beside it`);
    if (!ids.has(of)) throw invalid(id, `there is no step ${of}`);
    if (!earlier.has(of)) throw invalid(id, `step ${of} does not run before it`);
  }
}

function tokensAt(step: string, pointer: string): readonly string[] {
  try {
    return tokensOf(pointer);
  } catch (error) {
    if (error instanceof BadPointer) throw invalid(step, `${pointer.slice(0, 100)} is no JSON pointer: ${error.message}`);
    throw error;
  }
}

function isBetween(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function invalid(step: string, reason: string) {
  return rejected('PLUGIN_STEPS_INVALID', { step: step === '' ? 'list' : step, reason });
}

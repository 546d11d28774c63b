// Runs the steps of a run: one after the other with their results passed on, or side by side within a bound.
import { rejected, Rejection } from '@kari/kernel';
import { wording } from '@kari/protocol';
import type { PluginResult, PluginRun, PluginRunResult, PluginStep, PluginStepOutcome } from '../contract.js';
import type { Chain } from './chain.js';
import { inputOf } from './plugin-steps.rules.js';

const CONCURRENCY = 4;

type Caller = (chain: Chain, step: PluginStep, input: unknown) => Promise<PluginResult>;

export function runSteps(run: PluginRun, chain: Chain, call: Caller): Promise<Omit<PluginRunResult, 'milliseconds'>> {
  return run.mode === 'sequence' ? inSequence(run, chain, call) : inParallel(run, chain, call);
}

async function inSequence(run: PluginRun, chain: Chain, call: Caller): Promise<Omit<PluginRunResult, 'milliseconds'>> {
  const steps: PluginStepOutcome[] = [];
  const outputs: Record<string, unknown> = {};
  for (const step of run.steps) {
    const outcome = await outcomeOf(step, () => call(chain, step, inputOf(step, { input: run.input, steps: outputs })), chain);
    steps.push(outcome);
    if (outcome.result !== null) outputs[step.id] = outcome.result.output;
    else if (step.onError !== 'continue') throw failureOf(outcome, steps);
  }
  return { steps, output: steps.at(-1)?.result?.output ?? null };
}

async function inParallel(run: PluginRun, chain: Chain, call: Caller): Promise<Omit<PluginRunResult, 'milliseconds'>> {
  const siblings = chain.branch();
  const outcomes = new Map<number, PluginStepOutcome>();
  let failed: PluginStepOutcome | null = null;
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < run.steps.length; index = next++) {
      const step = run.steps[index] as PluginStep;
      if (siblings.signal.aborted) return;
      const outcome = await outcomeOf(step, () => call(siblings, step, inputOf(step, { input: run.input, steps: {} })), chain);
      outcomes.set(index, outcome);
      if (outcome.result !== null || step.onError === 'continue') continue;
      // The first failure is the reason; what it cancels fails because of it.
      failed ??= outcome;
      if (run.cancelSiblings !== false) siblings.cancel(`step ${failed.id} beside it failed`);
    }
  };
  try {
    const lanes = Math.min(run.concurrency ?? CONCURRENCY, run.steps.length);
    await Promise.all(Array.from({ length: lanes }, work));
  } finally {
    siblings.close();
  }
  const steps = run.steps.map((step, index) => outcomes.get(index) ?? notRun(step));
  if (failed !== null) throw failureOf(failed, steps);
  const output = Object.fromEntries(steps.flatMap(({ id, result }) => (result === null ? [] : [[id, result.output]])));
  return { steps, output };
}

/** Throws only when the chain itself has ended, or for a defect of ours. */
async function outcomeOf(step: PluginStep, call: () => Promise<PluginResult>, chain: Chain): Promise<PluginStepOutcome> {
  const { id, plugin } = step;
  try {
    return { id, plugin, status: 'succeeded', result: await call(), error: null };
  } catch (error) {
    if (chain.signal.aborted) throw chain.signal.reason;
    if (!(error instanceof Rejection)) throw error;
    return { id, plugin, status: 'failed', result: null, error: { code: error.code, facts: error.facts } };
  }
}

function notRun({ id, plugin }: PluginStep): PluginStepOutcome {
  return {
    id,
    plugin,
    status: 'failed',
    result: null,
    error: { code: 'PLUGIN_CANCELLED', facts: { plugin, reason: 'it was not started' } },
  };
}

function failureOf({ id, plugin, error }: PluginStepOutcome, steps: readonly PluginStepOutcome[]): Rejection {
  const { code, facts } = error ?? { code: 'REQUEST_FAILED', facts: {} };
  const told = steps.map((step) => ({ id: step.id, status: step.status, ...(step.error === null ? {} : { code: step.error.code }) }));
  return rejected('PLUGIN_STEP_FAILED', { step: id, plugin, code, reason: wording(code, facts).message, cause: facts, steps: told });
}

// What stands between a run and its tasks: the places that runs of one key share, and how many may start in a time. A place is asked for first,
// so that nobody uses up a start while there is no room for it.
import { canonicalJson, derivedId } from '@kari/kernel';
import { isAdmitted, ROOT, type Admission, type RunState } from '../run-state.rules.js';
import type { RunEvent, RunEventOf } from '../run.events.js';
import { answer, ValueFailed } from '../task-values.rules.js';
import { ownVariables, type Machine } from './machine.rules.js';
import { paceOf } from './pace.rules.js';
import { timerSet } from './run-timers.rules.js';

/** What came of asking for a place. */
export type PlaceAnswer =
  | { readonly status: 'held' }
  /** `ahead` stand before it; `behind` names some of them. */
  | { readonly status: 'waiting'; readonly behind: readonly string[]; readonly ahead: number }
  | { readonly status: 'refused'; readonly reason: string };

export type AdmissionStimulus =
  | { readonly kind: 'place'; readonly turn: number; readonly answer: PlaceAnswer }
  | { readonly kind: 'pace'; readonly turn: number; readonly waitMs: number };

/** What the run asks for now, before it may begin. */
export function admissionToSeek({ status, paused, admission }: RunState): 'place' | 'pace' | null {
  if (status !== 'running' || paused || admission === null) return null;
  if (admission.status === 'asked' || admission.status === 'queued') return 'place';
  return admission.status === 'placed' && admission.pace !== null ? 'pace' : null;
}

/** Facts that bring the run nearer to its tasks: null while it waits. Throws `ValueFailed` where a key has no value. */
export function admit(m: Machine, state: RunState): readonly RunEvent[] | null {
  const { admission } = state;
  if (admission === null) {
    const wanted = wantedOf(m, state);
    return wanted === null ? null : [{ type: 'RunAdmissionAwaited', data: { turn: 1, ...wanted } }];
  }
  const { turn, place, pace, status } = admission;
  if (status === 'due' && place !== null) return [{ type: 'RunAdmissionAwaited', data: { turn: turn + 1, place } }];
  return status === 'paced' || (status === 'placed' && pace === null) ? [{ type: 'RunAdmitted', data: { turn } }] : null;
}

export function admissionAnswer(m: Machine, state: RunState, stimulus: AdmissionStimulus): readonly RunEvent[] {
  const { admission } = state;
  if (state.status !== 'running' || admission === null || admission.turn !== stimulus.turn) return [];
  const { turn, status } = admission;
  if (stimulus.kind === 'pace') {
    if (status !== 'placed') return [];
    if (stimulus.waitMs <= 0) return [{ type: 'RunAdmitted', data: { turn } }];
    return [timerSet(m, state, `admission:${turn}`, null, 'rate', Math.ceil(stimulus.waitMs))];
  }
  if (status !== 'asked' && status !== 'queued') return [];
  const { answer: given } = stimulus;
  switch (given.status) {
    case 'held':
      return [{ type: 'RunPlaceTaken', data: { turn } }];
    case 'waiting':
      return status === 'queued' ? [] : [{ type: 'RunQueued', data: { turn, behind: [...given.behind], ahead: given.ahead } }];
    case 'refused':
      return [{ type: 'RunCancelRequested', data: { reason: given.reason.slice(0, 500) } }];
  }
}

/** Stands before the end of every run that held a place, or waited for one. */
export function placeLeft({ admission }: RunState): readonly RunEvent[] {
  if (admission === null || admission.place === null || admission.status === 'left' || admission.status === 'due') return [];
  return [{ type: 'RunPlaceLeft', data: { turn: admission.turn, queue: admission.place.queue } }];
}

export function isWaitingToBeAdmitted(m: Machine, state: RunState): boolean {
  if (state.admission !== null) return !isAdmitted(state);
  return (state.scheduled === 0 || state.tasks.get(ROOT)?.unbegun === true) && wantsAdmission(m, state);
}

/** A replay performs nothing: it takes nobody's place. */
function wantsAdmission({ document }: Machine, { start }: RunState): boolean {
  if (start?.kind === 'replay') return false;
  const kari = document.document.metadata?.kari;
  return (kari?.concurrency !== undefined && kari.concurrency.overlap !== 'allow') || kari?.rateLimit !== undefined;
}

function wantedOf(m: Machine, state: RunState): Pick<RunEventOf<'RunAdmissionAwaited'>['data'], 'place' | 'pace'> | null {
  if (!wantsAdmission(m, state)) return null;
  const { concurrency, rateLimit } = m.document.document.metadata?.kari ?? {};
  const workflow = state.start?.workflow.id ?? '';
  const input = state.start?.input ?? null;
  const variables = ownVariables(m, state);
  const place = (): NonNullable<Admission['place']> | null => {
    if (concurrency === undefined || concurrency.overlap === 'allow') return null;
    const { limit = 1, overlap = 'queue' } = concurrency;
    const key = answer(m.answers, concurrency.key, input, variables) ?? null;
    if (canonicalJson(key).length > 1_000) throw new ValueFailed('the concurrency key is longer than 1,000 characters');
    return { queue: derivedId('place', workflow, canonicalJson(key)), key, limit, overlap };
  };
  const asked = place();
  return {
    ...(asked === null ? {} : { place: asked }),
    ...(rateLimit === undefined ? {} : { pace: paceOf(m, rateLimit, ['start', workflow], input, variables) }),
  };
}

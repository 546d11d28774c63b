// How waiting for events is indexed, so that an event finds the few that wait for it among all that wait. A filter asks for values of the event:
// attributes, and what its correlations take out of it. Filters that ask for the same things have one form; the values that they want make the key.
import { canonicalJson, derivedId, own } from '@kari/kernel';
import { programOf } from '../expression/evaluator.js';
import type { RunEventOf } from '../run/run.events.js';

export type AwaitedFilter = RunEventOf<'EventAwaited'>['data']['filters'][number];
export type SignalDocument = Readonly<Record<string, unknown>>;

/** What is asked of an event before anybody in particular is looked at. */
export interface ListenerForm {
  /** Names of attributes, in order. */
  readonly attributes: readonly string[];
  /** Programs over the event, by the name of the correlation, in order. */
  readonly correlations: readonly (readonly [name: string, program: string])[];
}

export interface IndexedListener {
  /** Empty for a filter that takes every type. */
  readonly type: string;
  readonly form: ListenerForm;
  /** Equal for equal forms. */
  readonly shape: string;
  /** Equal where the same values are wanted of the same form. */
  readonly key: string;
}

/** No event has a longer one, and the key knows the whole of it. */
const LONGEST_TYPE = 150;

export function indexed(filter: AwaitedFilter): IndexedListener {
  const { data: _judged, ...attributes } = filter.with;
  const names = Object.keys(attributes).sort();
  const correlations = Object.entries(filter.correlate ?? {})
    .filter(([, { from, expect }]) => expect !== undefined && expect !== null && !namesVariables(from))
    .map(([name, { from, expect }]) => ({ name, program: programOf(from), expect }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const form = { attributes: names, correlations: correlations.map(({ name, program }) => [name, program] as const) };
  return {
    type: 'type' in attributes ? wordOf(attributes['type']).slice(0, LONGEST_TYPE) : '',
    form,
    shape: derivedId('listener-form', canonicalJson(form)),
    key: keyOf(
      names.map((name) => attributes[name]),
      correlations.map(({ expect }) => expect),
    ),
  };
}

/** The key of those that wait for just this; null when the event lacks what the form asks for. */
export function keyFor(form: ListenerForm, event: SignalDocument, correlated: readonly unknown[]): string | null {
  const attributes = form.attributes.map((name) => own(event, name));
  if ([...attributes, ...correlated].some((value) => value === undefined || value === null)) return null;
  return keyOf(attributes, correlated);
}

function keyOf(attributes: readonly unknown[], correlated: readonly unknown[]): string {
  return derivedId('listener-key', ...[...attributes, ...correlated].map(wordOf));
}

/** Values are compared as texts: the number 7 is the word 7. */
export function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : canonicalJson(value ?? null);
}

/** Such a program says something else for each run. */
function namesVariables(program: string): boolean {
  return /\$[A-Za-z_]/.test(programOf(program));
}

// What keeps an open run from going on as its version is written. Whatever it only waits for, an event that nobody publishes too, is nothing of that kind.
import { wording } from '@kari/protocol';
import type { Lack } from '../definition/call.rules.js';
import type { WorkflowDocument } from '../definition/document.js';
import { valueAt } from '../run/flow.rules.js';
import { placeOf } from '../run/place.rules.js';
import type { RunState } from '../run/run-state.rules.js';
import { unsupportedIn } from '../run/unsupported.rules.js';

export interface Hindrance {
  /** JSON pointer of the task in the version that the run goes by; null: all of it. */
  readonly pointer: string | null;
  /** Stable code of what it would meet there. */
  readonly code: string;
  /** In words. */
  readonly reason: string;
  /** The call stands in a `try`, which may take its failure. */
  readonly mayBeCaught: boolean;
}

/** The first one; null when nothing keeps it. `document` is null when it is not to be had, `lacks` are those of the version as of now. */
export function hindranceOf(state: RunState, document: WorkflowDocument | null, lacks: readonly Lack[]): Hindrance | null {
  const { id: workflow = '', version = '' } = state.start?.workflow ?? {};
  if (document === null) return whole(null, 'WORKFLOW_VERSION_GONE', { workflow, version });
  const [unsupported] = unsupportedIn(document);
  if (unsupported !== undefined) return whole(unsupported.pointer, 'WORKFLOW_CONSTRUCT_UNSUPPORTED', { ...unsupported });
  const met = lacks
    .map(({ pointer, code, reason }) => {
      const task = pointer.replace(/\/call$/, '');
      return { pointer: task, code, reason: `${reason}.`, mayBeCaught: isTried(document, task) };
    })
    .filter(({ pointer }) => mayComeBy(state, document, pointer));
  return met.find(({ mayBeCaught }) => !mayBeCaught) ?? met[0] ?? null;
}

function whole(pointer: string | null, code: string, facts: Readonly<Record<string, unknown>>): Hindrance {
  return { pointer, code, reason: wording(code, facts).message, mayBeCaught: false };
}

/** False only where it is certain that the run never comes by that task. */
function mayComeBy(state: RunState, document: WorkflowDocument, task: string): boolean {
  if (isPinned(state, task)) return false;
  if (task.startsWith('/use/')) return true;
  const undoes = task.includes('/metadata/kari/compensate/');
  if (state.status !== 'running') return undoes && state.undo.some(({ pointer }) => task.startsWith(`${pointer}/`));
  return !undoes && !isBehind(state, document, task);
}

/** A pinned task is not done, nor is what stands in it. */
function isPinned({ start }: RunState, task: string): boolean {
  const place = placeOf(task);
  return Object.keys(start?.pins ?? {}).some((pinned) => place === pinned || place.startsWith(`${pinned}/`));
}

/** The run stands further on, and nothing in its list leads back as far as this. */
function isBehind(state: RunState, document: WorkflowDocument, task: string): boolean {
  const stands = [...state.tasks.values()].map(({ pointer }) => indexIn(pointer)).filter((index) => index !== null);
  const index = indexIn(task);
  if (index === null || stands.length === 0 || index >= Math.min(...stands)) return false;
  const names = document.do.map((item) => Object.keys(item)[0]!);
  return !document.do.flatMap(targetsOf).some((target) => names.includes(target) && names.indexOf(target) <= index);
}

function indexIn(pointer: string): number | null {
  const [, index] = /^\/do\/(\d+)\//.exec(pointer) ?? [];
  return index === undefined ? null : Number(index);
}

/** Where a task of the outermost list may lead. */
function targetsOf(item: WorkflowDocument['do'][number]): readonly string[] {
  return Object.values(item).flatMap((task) => {
    const cases = 'switch' in task ? (task.switch as readonly Readonly<Record<string, { readonly then?: string }>>[]) : [];
    return [task.then, ...cases.flatMap((one) => Object.values(one).map(({ then }) => then))].filter((then) => then !== undefined);
  });
}

function isTried(document: WorkflowDocument, task: string): boolean {
  const tokens = task.split('/');
  return tokens.some((token, index) => {
    if (token !== 'try' || !/^\d+$/.test(tokens[index + 1] ?? '')) return false;
    return Array.isArray(valueAt(document, tokens.slice(0, index + 1).join('/')));
  });
}

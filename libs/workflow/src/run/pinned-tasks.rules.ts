// Which tasks of a document the pins of a test run mean: by name where only one task has it, by pointer or place otherwise.
import { rejected } from '@kari/kernel';
import { tasksOf } from '../definition/tasks.rules.js';
import type { WorkflowDocument } from '../definition/document.js';
import { placeOf } from './place.rules.js';

const MOST_PINS = 200;

/** Outcomes by place. Throws `Rejection` WORKFLOW_PIN_INVALID. */
export function pinsOf(document: WorkflowDocument, given: unknown): Readonly<Record<string, unknown>> {
  if (given === null || given === undefined) return {};
  if (typeof given !== 'object' || Array.isArray(given)) throw invalid('pins', 'pins are an object: the name of a task, and what it gives');
  const entries = Object.entries(given);
  if (entries.length > MOST_PINS) throw invalid('pins', `there are ${entries.length}; at most ${MOST_PINS} may be`);
  const tasks = tasksOf(document).filter(({ pointer }) => pointer.startsWith('/do/'));
  const pins = new Map<string, unknown>();
  for (const [key, output] of entries) {
    const place = placed(key, tasks);
    if (pins.has(place)) throw invalid(key, 'another pin means the same task');
    pins.set(place, output);
  }
  return Object.fromEntries(pins);
}

function placed(key: string, tasks: readonly { readonly name: string; readonly pointer: string }[]): string {
  const exact = tasks.find(({ pointer }) => pointer === key || placeOf(pointer) === key);
  if (exact !== undefined) return placeOf(exact.pointer);
  const [one, ...others] = tasks.filter(({ name }) => name === key);
  if (one === undefined)
    throw invalid(
      key,
      `there is no such task; there are ${tasks
        .map(({ name }) => name)
        .slice(0, 50)
        .join(', ')}`,
    );
  if (others.length > 0)
    throw invalid(key, `several tasks have this name: ${[one, ...others].map(({ pointer }) => placeOf(pointer)).join(', ')}`);
  return placeOf(one.pointer);
}

function invalid(pin: string, reason: string) {
  return rejected('WORKFLOW_PIN_INVALID', { pin: pin.slice(0, 200), reason });
}

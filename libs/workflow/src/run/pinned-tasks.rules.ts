// Which tasks of a document the pins of a test run mean: by name where only one task has it, by pointer or place otherwise.
import { rejected } from '@kari/kernel';
import type { WorkflowDocument } from '../definition/document.js';
import { placeNamed, tasksOfRuns } from './named-place.rules.js';

const MOST_PINS = 200;

/** Outcomes by place. Throws `Rejection` WORKFLOW_PIN_INVALID. */
export function pinsOf(document: WorkflowDocument, given: unknown): Readonly<Record<string, unknown>> {
  if (given === null || given === undefined) return {};
  if (typeof given !== 'object' || Array.isArray(given)) throw invalid('pins', 'pins are an object: the name of a task, and what it gives');
  const entries = Object.entries(given);
  if (entries.length > MOST_PINS) throw invalid('pins', `there are ${entries.length}; at most ${MOST_PINS} may be`);
  const tasks = tasksOfRuns(document);
  const pins = new Map<string, unknown>();
  for (const [key, output] of entries) {
    const meant = placeNamed(tasks, key);
    if ('reason' in meant) throw invalid(key, meant.reason);
    const { place } = meant;
    if (pins.has(place)) throw invalid(key, 'another pin means the same task');
    pins.set(place, output);
  }
  return Object.fromEntries(pins);
}

function invalid(pin: string, reason: string) {
  return rejected('WORKFLOW_PIN_INVALID', { pin: pin.slice(0, 200), reason });
}

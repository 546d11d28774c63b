// Documents in a few words: for specs.
import type { WorkflowDocument } from '../document.js';

/** `workflow([{ a: { set: { x: 1 } } }])`. */
export function workflow(
  tasks: unknown,
  more: Readonly<Record<string, unknown>> = {},
  head: Readonly<Record<string, unknown>> = {},
): WorkflowDocument {
  return {
    document: { dsl: '1.0.3', namespace: 'acme', name: 'sample', version: '1.0.0', ...head },
    ...more,
    do: tasks,
  } as unknown as WorkflowDocument;
}

export const set = (name: string, more: object = {}) => ({ [name]: { set: { x: 1 }, ...more } });

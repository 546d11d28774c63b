// The two versions of a simulated workflow, and the wish to move a run of it to the other one.
import type { WorkflowDocument } from '../../definition/document.js';
import { movesBetween, placesGiven } from '../../migration/mapping.rules.js';
import { judgeMigration } from '../../migration/migration.rules.js';
import { seenAs } from '../../migration/seen-state.rules.js';
import type { RunCommand } from '../run.commands.js';
import { isOver, type RunState } from '../run-state.rules.js';
import { SIM_WORKFLOWS } from './sim-workflows.js';

export const FIRST = '1';
const LATER = '2';

/** Children are started by the versions that documents name: all of them are the first. */
export function simDocument(workflow: string, version: string): WorkflowDocument {
  const { document, later } = SIM_WORKFLOWS[workflow]!;
  return version === LATER && later !== undefined ? later.document : document;
}

/** As the run is judged now; null where it has no other version, has ended, or something open has no place there. */
export function simMigration(run: string, state: RunState): RunCommand | null {
  const { start } = state;
  const known = start === null ? undefined : SIM_WORKFLOWS[start.workflow.id];
  if (start === null || known?.later === undefined || isOver(state)) return null;
  const back = start.workflow.version === LATER;
  const { mapping, document } = known.later;
  const versions = back ? { from: document, to: known.document } : { from: known.document, to: document };
  const places = placesGiven(versions, back ? mapping.map(({ from, to }) => ({ from: to, to: from })) : mapping);
  const moves = movesBetween(versions, places);
  const { obstacles, anew } = judgeMigration(state, { ...versions, moves, schemaFault: () => null });
  if (obstacles.length > 0) return null;
  const version = back ? FIRST : LATER;
  return { type: 'MigrateRun', data: { run, version, mapping: [...places], seen: seenAs(state), moves, anew: [...anew] } };
}

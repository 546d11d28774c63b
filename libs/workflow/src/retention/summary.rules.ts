// What is kept of a run whose time of retention is over: its row, who decided its approvals, and its entries in the audit trail. Its tasks, with
// what went in and came out, are not.
import { canonicalJson, derivedId, type RecordedEvent } from '@kari/kernel';
import type { AuditLeaf } from '@kari/audit/contract';
import type { RunEvent, RunEventOf } from '../run/run.events.js';
import { evolveRun, initialRun, isOver, type RunState } from '../run/run-state.rules.js';
import { runProjection, type RunRow } from '../run/run.projection.js';
import { approvalProjection, type ApprovalRow } from '../tasks/approval.projection.js';

/** Tasks, approvals and entries in one event: far below what an event may hold. */
const SHARE = 500;

/** Names a start with its input, without keeping either. */
export function begunAs(workflow: string, input: unknown): string {
  return derivedId('start', workflow, canonicalJson(input ?? null));
}

/** Commands whose entries the trail would lose with the history. */
export function commandsOf(history: readonly RecordedEvent[]): readonly string[] {
  return [...new Set(history.map(({ meta }) => meta.commandId))];
}

/** Null for a history that has not ended, was summarised before, or never began. */
export function summaryOf(history: readonly RecordedEvent[], leaves: readonly AuditLeaf[]): readonly RunEventOf<'RunSummarised'>[] | null {
  const facts = history as readonly (RecordedEvent & RunEvent)[];
  const state = facts.reduce<RunState>(evolveRun, initialRun);
  if (!isOver(state) || state.start === null || state.summary !== null) return null;
  const { input, pins: _pins, ...start } = state.start;
  const run = rowOf(facts);
  const approvals = approvalsOf(facts);
  const tasks = [...new Set(facts.flatMap((fact) => (fact.type === 'TaskScheduled' ? [fact.data.task] : [])))];
  const parts = Math.max(1, Math.ceil(Math.max(tasks.length, approvals.length, leaves.length) / SHARE));
  const share = <T>(list: readonly T[], part: number): T[] => list.slice(part * SHARE, (part + 1) * SHARE);
  return Array.from({ length: parts }, (_, part) => ({
    type: 'RunSummarised',
    data: {
      part,
      parts,
      start,
      begun: begunAs(start.workflow.id, input),
      run: part === 0 ? { ...run } : { status: run.status },
      tasks: share(tasks, part),
      approvals: share(approvals, part).map((approval) => ({ ...approval })),
      auditLeaves: share(leaves, part),
    },
  }));
}

function rowOf(facts: readonly RecordedEvent[]): RunRow {
  const known = new Set<string>(runProjection.handles);
  const row = facts.reduce<RunRow | null>((folded, fact) => (known.has(fact.type) ? runProjection.evolve(folded, fact) : folded), null);
  if (row === null) throw new TypeError('a run that began has a row');
  return row;
}

function approvalsOf(facts: readonly RecordedEvent[]): readonly ApprovalRow[] {
  const rows = new Map<string, ApprovalRow>();
  for (const fact of facts) {
    if (!(approvalProjection.handles as readonly string[]).includes(fact.type)) continue;
    const [, key = ''] = approvalProjection.keyOf(fact) ?? [];
    const row = approvalProjection.evolve(rows.get(key) ?? null, fact);
    if (row !== null) rows.set(key, row);
  }
  return [...rows.values()];
}

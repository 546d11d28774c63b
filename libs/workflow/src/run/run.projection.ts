// Runs as the list shows them: where each stands, and why.
import { idOf, type Projection, type RecordedEvent } from '@kari/kernel';
import type { RunEvent, RunEventOf } from './run.events.js';

export type RunRowStatus = 'running' | 'paused' | 'cancelling' | 'failing' | 'compensating' | 'completed' | 'failed' | 'cancelled';

/** `given-up`: what happened to it is no longer in the log, only what is shown here. */
export type RunHistory = 'whole' | 'summarised' | 'given-up';

export type RunKind = 'ordinary' | 'replay' | 'test';

export type RunRow = Readonly<{
  tenant: string;
  run: string;
  workflow: string;
  workflow_version: string;
  status: RunRowStatus;
  /** Before it was paused. */
  status_beneath: RunRowStatus;
  reason: string;
  shard: number;
  started_by: string;
  started_at: string;
  changed_at: string;
  ended_at: string | null;
  parent: string | null;
  forked_from: string | null;
  kind: RunKind;
  replay_of: string | null;
  /** What a replay came to. */
  replay: unknown;
  tags: readonly string[];
  /** Top-level keys of the input, in their order; their values are no matter of a list. */
  input_keys: readonly string[];
  /** Title of the error that it failed with, or its type. */
  error_code: string | null;
  history: RunHistory;
  idempotency_key: string | null;
  tasks_scheduled: number;
  tasks_completed: number;
  failures: number;
  error: unknown;
  correlation_id: string;
  position: string;
}>;

/** Which rows are meant: all that is given must fit. */
export interface RunFilter {
  readonly workflow: string | null;
  readonly version: string | null;
  /** Any of these; empty: all. */
  readonly statuses: readonly RunRowStatus[];
  readonly kind: RunKind | null;
  readonly errorCode: string | null;
  readonly tag: string | null;
  readonly correlation: string | null;
  /** Inclusive, and exclusive. */
  readonly startedFrom: Date | null;
  readonly startedBefore: Date | null;
  /** Part of the id, the reason, the idempotency key or a key of the input. */
  readonly search: string | null;
  readonly parent: string | null;
}

/** Rows that an engine must take up. */
export const OPEN_STATUSES: readonly RunRowStatus[] = ['running', 'paused', 'cancelling', 'failing', 'compensating'];

export const runProjection: Projection<RunRow> = {
  name: 'workflow.run',
  version: 2,
  table: {
    name: 'workflow.run',
    columns: {
      tenant: 'text',
      run: 'uuid',
      workflow: 'text',
      workflow_version: 'text',
      status: 'text',
      status_beneath: 'text',
      reason: 'text',
      shard: 'integer',
      started_by: 'text',
      started_at: 'timestamp',
      changed_at: 'timestamp',
      ended_at: 'timestamp?',
      parent: 'uuid?',
      forked_from: 'uuid?',
      kind: 'text',
      replay_of: 'uuid?',
      replay: 'json?',
      tags: 'json',
      input_keys: 'json',
      error_code: 'text?',
      history: 'text',
      idempotency_key: 'text?',
      tasks_scheduled: 'integer',
      tasks_completed: 'integer',
      failures: 'integer',
      error: 'json?',
      correlation_id: 'text',
      position: 'bigint',
    },
    key: ['tenant', 'run'],
    tenantColumn: 'tenant',
    indexes: [
      ['tenant', 'position'],
      ['tenant', 'workflow', 'position'],
      ['tenant', 'status', 'position'],
      ['tenant', 'correlation_id', 'position'],
      ['tenant', 'replay_of'],
      ['tenant', 'history', 'ended_at'],
      ['shard', 'status'],
    ],
  },
  handles: [
    'RunStarted',
    'RunAdmissionAwaited',
    'RunQueued',
    'RunPlaceTaken',
    'RunAdmitted',
    'TaskScheduled',
    'TaskCompleted',
    'TaskFailed',
    'ApprovalRequested',
    'EventAwaited',
    'TimerSet',
    'CompensationStarted',
    'RunPaused',
    'RunResumed',
    'RunCancelRequested',
    'RunCancelled',
    'RunCompleted',
    'RunFailed',
    'RunRetried',
    'RunMigrated',
    'RunReplayed',
    'RunSummarised',
    'RunHistoryGivenUp',
  ],
  keyOf: (event) => [event.meta.tenant, idOf(event.stream)],
  evolve(row, recorded) {
    const event = recorded as RecordedEvent & RunEvent;
    if (event.type === 'RunStarted') return started(event);
    if (event.type === 'RunSummarised') return event.data.part === 0 ? summarised(event) : row;
    // A child that was taken back before it began.
    if (row === null) return null;
    const at = { changed_at: event.meta.occurredAt };
    const status = (now: RunRowStatus, reason: string): Partial<RunRow> => ({ status: now, status_beneath: now, reason });
    const over = (now: RunRowStatus, reason: string): Partial<RunRow> => ({ ...status(now, reason), ended_at: event.meta.occurredAt });
    switch (event.type) {
      case 'RunAdmissionAwaited':
        return { ...row, ...at, reason: 'asks to be let in: its workflow limits how many runs go on, or start in a time' };
      case 'RunQueued':
        return { ...row, ...at, reason: queued(event.data) };
      case 'RunPlaceTaken':
        return { ...row, ...at, reason: 'has a place among the runs of its key' };
      case 'RunAdmitted':
        return { ...row, ...at, reason: 'goes on' };
      case 'TaskScheduled':
        return {
          ...row,
          ...at,
          tasks_scheduled: row.tasks_scheduled + 1,
          ...(row.status === 'running' ? { reason: doing(event.data.kind, event.data.name) } : {}),
        };
      case 'TaskCompleted':
        return { ...row, ...at, tasks_completed: row.tasks_completed + 1 };
      case 'TaskFailed':
        return event.data.handling === 'fail'
          ? { ...row, ...at, failures: row.failures + 1, ...status('failing', `${event.data.task} failed: ${worded(event.data.error)}`) }
          : { ...row, ...at, failures: row.failures + 1 };
      case 'ApprovalRequested':
        return { ...row, ...at, reason: `waits for approval: ${event.data.title}` };
      case 'EventAwaited':
        return { ...row, ...at, reason: `waits for ${typesOf(event.data.filters)}` };
      case 'TimerSet':
        return timed(event.data) === null ? row : { ...row, ...at, reason: timed(event.data)! };
      case 'CompensationStarted':
        return {
          ...row,
          ...at,
          ...status(
            'compensating',
            `undoes ${event.data.tasks.length} tasks, because it ${event.data.cause === 'failed' ? 'failed' : 'was cancelled'}`,
          ),
        };
      case 'RunPaused':
        return { ...row, ...at, status: 'paused', reason: event.data.reason ?? 'paused' };
      case 'RunResumed':
        return { ...row, ...at, ...status(row.status_beneath, 'goes on') };
      case 'RunCancelRequested':
        return { ...row, ...at, ...status('cancelling', event.data.reason ?? 'is being cancelled') };
      case 'RunCancelled':
        return { ...row, ...at, ...over('cancelled', event.data.reason ?? 'cancelled') };
      case 'RunCompleted':
        return { ...row, ...at, ...over('completed', 'completed') };
      case 'RunFailed':
        return {
          ...row,
          ...at,
          ...over('failed', worded(event.data.error)),
          error: event.data.error,
          error_code: codeOf(event.data.error),
        };
      case 'RunRetried':
        return { ...row, ...at, ...status('running', `retried from ${event.data.task}`), ended_at: null, error: null, error_code: null };
      case 'RunMigrated':
        return { ...row, ...at, workflow_version: event.data.version };
      case 'RunReplayed':
        return { ...row, ...at, replay: event.data };
      case 'RunHistoryGivenUp':
        return { ...row, history: 'given-up' };
      default:
        return row;
    }
  },
};

function started(event: RecordedEvent & Extract<RunEvent, { readonly type: 'RunStarted' }>): RunRow {
  const { workflow, shard, parent, forkedFrom, kind, replayOf, tags, input, idempotencyKey, caller } = event.data;
  return {
    tenant: event.meta.tenant,
    run: idOf(event.stream),
    workflow: workflow.id,
    workflow_version: workflow.version,
    status: 'running',
    status_beneath: 'running',
    reason: 'started',
    shard,
    started_by: caller.id,
    started_at: event.meta.occurredAt,
    changed_at: event.meta.occurredAt,
    ended_at: null,
    parent: parent?.run ?? null,
    forked_from: forkedFrom ?? null,
    kind: kind ?? 'ordinary',
    replay_of: replayOf ?? null,
    replay: null,
    tags: tags ?? [],
    input_keys: keysOf(input),
    error_code: null,
    history: 'whole',
    idempotency_key: idempotencyKey ?? null,
    tasks_scheduled: 0,
    tasks_completed: 0,
    failures: 0,
    error: null,
    correlation_id: event.meta.correlationId,
    position: event.position,
  };
}

/** As it was when it ended. A column that came after the summary is as it is in a new row. */
function summarised(event: RecordedEvent & Extract<RunEvent, { readonly type: 'RunSummarised' }>): RunRow {
  const { start, run } = event.data;
  const blank = started({ ...event, type: 'RunStarted', data: { ...start, input: null } });
  return { ...blank, ...(run as Partial<RunRow>), history: 'summarised' };
}

const MOST_KEYS = 50;

function keysOf(input: unknown): readonly string[] {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return [];
  return Object.keys(input)
    .slice(0, MOST_KEYS)
    .map((key) => key.slice(0, 100));
}

function codeOf({ title, type }: { readonly title?: string | undefined; readonly type: string }): string {
  return (title ?? type).slice(0, 200);
}

function queued({ behind, ahead }: RunEventOf<'RunQueued'>['data']): string {
  return ahead === 1
    ? `queued behind run ${behind[0]}, which has the same key`
    : `queued behind run ${behind[0]} and ${ahead - 1} more, which have the same key`;
}

function timed({ purpose, task, dueAt }: RunEventOf<'TimerSet'>['data']): string | null {
  switch (purpose) {
    case 'wait':
      return `waits until ${dueAt}`;
    case 'retry':
      return `tries again at ${dueAt}`;
    case 'rate':
      return task === null ? `waits to start until ${dueAt}, for its rate limit` : `${task} waits until ${dueAt}, for its rate limit`;
    default:
      return null;
  }
}

function doing(kind: string, name: string): string {
  return kind === 'run' ? `waits for the run of ${name}` : `does ${name}`;
}

function typesOf(filters: RunEventOf<'EventAwaited'>['data']['filters']): string {
  return filters
    .map((filter) => (typeof filter.with['type'] === 'string' ? filter.with['type'] : 'any event'))
    .join(', ')
    .slice(0, 500);
}

function worded({
  title,
  detail,
  type,
}: {
  readonly title?: string | undefined;
  readonly detail?: string | undefined;
  readonly type: string;
}): string {
  return [title, detail ?? (title === undefined ? type : undefined)]
    .filter((part) => part !== undefined)
    .join(': ')
    .slice(0, 1000);
}

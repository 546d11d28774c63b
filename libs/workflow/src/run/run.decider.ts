// Decides what may be asked of a run from outside. What follows inside it is the interpreter's; both write the same stream.
import { canonicalJson, rejected, type CommandMetadata, type Decider } from '@kari/kernel';
import { seenAs } from '../migration/seen-state.rules.js';
import { begunAs } from '../retention/summary.rules.js';
import { mayHear } from './listening-state.rules.js';
import type { RunCommand } from './run.commands.js';
import type { RunEvent } from './run.events.js';
import { evolveRun, initialRun, isOver, type RunState } from './run-state.rules.js';

export const runDecider: Decider<RunCommand, RunEvent, RunState> = {
  decide(command, state, metadata) {
    const { run } = command.data;
    // A replay goes by its recording alone; an event that is offered to it is simply not taken.
    if (state.start?.kind === 'replay' && command.type !== 'ReplayRun') {
      if (command.type === 'ReceiveEvent') return [];
      throw rejected('WORKFLOW_RUN_IS_REPLAY', { run });
    }
    switch (command.type) {
      case 'StartRun':
      case 'ForkRun':
      case 'ReplayRun':
      case 'StartTestRun':
        return start(command.data, state);
      case 'PauseRun':
        if (state.status !== 'running') throw closed(run, state);
        return state.paused ? [] : [{ type: 'RunPaused', data: { reason: command.data.reason } }];
      case 'ResumeRun':
        if (state.status === 'none' || isOver(state)) throw closed(run, state);
        return state.paused ? [{ type: 'RunResumed', data: {} }] : [];
      case 'CancelRun':
        if (state.status === 'cancelling' || state.status === 'cancelled') return [];
        if (state.status !== 'running') throw closed(run, state);
        return [{ type: 'RunCancelRequested', data: { reason: command.data.reason } }];
      case 'CancelChildRun':
        return cancelChild(command.data.reason, state);
      case 'MigrateRun':
        return migrate(command.data, state);
      case 'AdmitRun':
        return admit(command.data, state);
      case 'RetryRun':
        return retry(command.data, state);
      case 'DecideApproval':
        return decideApproval(command.data, state, metadata);
      case 'ReceiveEvent':
        return receive(command.data, state);
    }
  },
  evolve: evolveRun,
  initialState: initialRun,
};

type DataOf<T extends RunCommand['type']> = Extract<RunCommand, { readonly type: T }>['data'];

/** The same start again is the same run; another start under its key is a mistake. */
function start({ run, impossible, ...data }: DataOf<'StartRun'>, state: RunState): readonly RunEvent[] {
  if (impossible !== undefined) throw rejected(impossible.code, impossible.facts);
  if (state.status === 'none') return [{ type: 'RunStarted', data: { ...data, input: data.input ?? null } }];
  // Taken back by its parent before it began.
  if (state.start === null) return [];
  if (state.summary !== null && state.summary.begun === begunAs(data.workflow.id, data.input)) return [];
  const same =
    state.summary === null &&
    state.start.workflow.id === data.workflow.id &&
    canonicalJson(state.start.input) === canonicalJson(data.input ?? null);
  if (!same) throw rejected('WORKFLOW_KEY_REUSED', { run, key: data.idempotencyKey ?? run });
  return [];
}

/** A child that has not begun never will: its parent may have asked for its start and for its end in either order. */
function cancelChild(reason: string | null, state: RunState): readonly RunEvent[] {
  if (state.status === 'none') {
    return [
      { type: 'RunCancelRequested', data: { reason } },
      { type: 'RunCancelled', data: { reason } },
    ];
  }
  return state.status === 'running' ? [{ type: 'RunCancelRequested', data: { reason } }] : [];
}

/** All of it by one fact: the run goes by the one version or by the other, never by something between. */
function migrate({ run, impossible, version, mapping, seen, moves, anew }: DataOf<'MigrateRun'>, state: RunState): readonly RunEvent[] {
  if (state.start === null || isOver(state)) throw closed(run, state);
  if (impossible !== undefined) throw rejected(impossible.code, impossible.facts);
  const { version: from } = state.start.workflow;
  if (from === version) return [];
  if (seenAs(state) !== seen) throw rejected('WORKFLOW_MIGRATION_OVERTAKEN', { run });
  return [{ type: 'RunMigrated', data: { from, version, mapping, moves, anew } }];
}

/** A run that does not wait any more gives the place back with its end. */
function admit({ turn }: DataOf<'AdmitRun'>, { status, admission }: RunState): readonly RunEvent[] {
  if (status !== 'running' || admission?.turn !== turn) return [];
  return admission.status === 'asked' || admission.status === 'queued' ? [{ type: 'RunPlaceTaken', data: { turn } }] : [];
}

function retry({ run, task }: DataOf<'RetryRun'>, state: RunState): readonly RunEvent[] {
  if (state.summary !== null) throw rejected('WORKFLOW_HISTORY_GONE', { run });
  if (state.status !== 'failed') throw rejected('WORKFLOW_RUN_NOT_FAILED', { run, status: state.status });
  const from = task ?? state.failure?.task ?? '';
  if (!state.tasks.has(from)) {
    throw rejected('WORKFLOW_RETRY_IMPOSSIBLE', {
      run,
      task: from,
      tasks: [...state.tasks.keys()].join(', ') || 'none: what was done has been undone',
    });
  }
  return [{ type: 'RunRetried', data: { task: from, shard: state.start?.shard ?? 0 } }];
}

function decideApproval(data: DataOf<'DecideApproval'>, state: RunState, { actor }: CommandMetadata): readonly RunEvent[] {
  const { run, approval, decision, comment, rights } = data;
  const task = state.tasks.get(state.openApprovals.get(approval) ?? '');
  const known = [...state.tasks.values()].find((open) => open.approval?.id === approval)?.approval?.decision;
  if (typeof known === 'object' && known !== null && known.by === actor && known.decision === decision) return [];
  if (task === undefined || isOver(state)) throw rejected('WORKFLOW_APPROVAL_CLOSED', { run, approval });
  const wanted = (task.arguments as { rights: readonly string[] }).rights;
  if (wanted.length > 0 && !wanted.some((right) => rights.includes(right))) {
    throw rejected('WORKFLOW_APPROVAL_DENIED', { run, approval, rights: wanted.join(', ') });
  }
  return [{ type: 'ApprovalGiven', data: { approval, decision, comment, by: actor } }];
}

function receive({ task, filter, event, correlation }: DataOf<'ReceiveEvent'>, state: RunState): readonly RunEvent[] {
  const listening = state.tasks.get(task)?.listening ?? null;
  if (listening === null || isOver(state) || !mayHear(listening, { filter, event, correlation })) return [];
  return [{ type: 'EventReceived', data: { task, filter, event, ...(Object.keys(correlation).length === 0 ? {} : { correlation }) } }];
}

function closed(run: string, { status }: RunState) {
  return status === 'none' ? rejected('WORKFLOW_RUN_UNKNOWN', { run }) : rejected('WORKFLOW_RUN_CLOSED', { run, status });
}

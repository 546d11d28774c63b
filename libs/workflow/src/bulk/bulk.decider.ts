// Decides the life of one wish for many runs: started with its set, told run by run, ended when each has its answer.
import { rejected, type Decider } from '@kari/kernel';
import type { BulkCommand } from './bulk.commands.js';
import type { BulkAction, BulkEvent, BulkEventOf } from './bulk.events.js';

export interface BulkState {
  readonly action: BulkAction | null;
  readonly reason: string | null;
  readonly migration?: BulkEventOf<'BulkRunsStarted'>['data']['migration'];
  readonly runs: readonly string[];
  /** By run: null when it was done, or the code of the refusal. */
  readonly answers: ReadonlyMap<string, string | null>;
  readonly ended: boolean;
}

export const bulkDecider: Decider<BulkCommand, BulkEvent, BulkState> = {
  decide(command, state) {
    switch (command.type) {
      case 'BulkCancelRuns':
      case 'BulkRetryRuns':
      case 'BulkMigrateRuns': {
        const { impossible, runs, reason } = command.data;
        if (impossible !== undefined) throw rejected(impossible.code, impossible.facts);
        if (state.action !== null) return [];
        if (runs.length === 0) throw rejected('WORKFLOW_BULK_EMPTY', {});
        const migration = command.type === 'BulkMigrateRuns' ? { migration: command.data.migration } : {};
        return [{ type: 'BulkRunsStarted', data: { action: ACTIONS[command.type], runs, reason, ...migration } }];
      }
      case 'ReportBulk': {
        const open = new Set(openOf(state));
        const done = command.data.done.filter((run) => open.has(run));
        const refused = command.data.refused.filter(({ run }) => open.has(run));
        if (done.length + refused.length === 0) return [];
        const progressed: BulkEvent = { type: 'BulkRunsProgressed', data: { done, refused } };
        return done.length + refused.length < open.size ? [progressed] : [progressed, { type: 'BulkRunsEnded', data: {} }];
      }
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'BulkRunsStarted':
        return { ...state, ...event.data };
      case 'BulkRunsProgressed': {
        const answers = new Map(state.answers);
        for (const run of event.data.done) answers.set(run, null);
        for (const { run, code } of event.data.refused) answers.set(run, code);
        return { ...state, answers };
      }
      case 'BulkRunsEnded':
        return { ...state, ended: true };
    }
  },
  initialState: { action: null, reason: null, runs: [], answers: new Map(), ended: false },
};

const ACTIONS = { BulkCancelRuns: 'cancel', BulkRetryRuns: 'retry', BulkMigrateRuns: 'migrate' } as const;

/** Those that have no answer yet, in their order. */
export function openOf({ runs, answers }: BulkState): readonly string[] {
  return runs.filter((run) => !answers.has(run));
}

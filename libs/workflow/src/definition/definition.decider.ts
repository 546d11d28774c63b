// Decides the life of one workflow: versions saved one on top of the other, one of them active or none, deleted. Numbers of versions are
// never given twice, not even after a deletion.
import { rejected, type Decider } from '@kari/kernel';
import type { NeededCall } from './call.rules.js';
import type { WorkflowCommand } from './definition.commands.js';
import type { WorkflowEvent } from './definition.events.js';

interface KnownVersion {
  readonly hash: string;
  readonly needs: readonly NeededCall[];
}

export interface WorkflowState {
  readonly status: 'absent' | 'saved' | 'active' | 'deleted';
  readonly owner: string | null;
  /** By number minus one. */
  readonly versions: readonly KnownVersion[];
  readonly active: number | null;
  /** Why the version that would start cannot run, as it was last told. */
  readonly blocked: string | null;
}

/** Why a version cannot run in that tenant now; null when it can. */
export type BlockJudge = (tenant: string, owner: string | null, needs: readonly NeededCall[]) => string | null;

export const MOST_VERSIONS = 1_000;

export function workflowDecider(blockedBy: BlockJudge): Decider<WorkflowCommand, WorkflowEvent, WorkflowState> {
  return {
    decide(command, state, { tenant }) {
      const { workflow } = command.data;
      const live = state.status === 'saved' || state.status === 'active';
      switch (command.type) {
        case 'SaveWorkflow': {
          const { expectedVersion, problems, ...saved } = command.data;
          const [first] = problems;
          if (first !== undefined) {
            const { pointer, line, reason } = first;
            throw rejected('WORKFLOW_INVALID', { count: problems.length, pointer, line, reason, problems });
          }
          const latest = live ? state.versions.length : 0;
          if (live && state.owner !== saved.owner)
            throw rejected('WORKFLOW_OWNED', { workflow, owner: state.owner ?? 'of the tenant itself' });
          if (expectedVersion !== null && expectedVersion !== latest)
            throw rejected('WORKFLOW_VERSION_CONFLICT', { workflow, expected: expectedVersion, actual: latest });
          if (live && state.versions.at(-1)?.hash === saved.hash) return [];
          if (state.versions.length >= MOST_VERSIONS) throw rejected('WORKFLOW_VERSIONS_FULL', { workflow, limit: MOST_VERSIONS });
          return [{ type: 'WorkflowSaved', data: { ...saved, version: state.versions.length + 1 } }];
        }
        case 'ActivateWorkflow': {
          const { version } = command.data;
          if (!live) throw rejected('WORKFLOW_NOT_FOUND', { workflow });
          const known = state.versions[version - 1];
          if (known === undefined) throw rejected('WORKFLOW_VERSION_NOT_FOUND', { workflow, version });
          if (state.active === version) return [];
          const reason = blockedBy(tenant, state.owner, known.needs);
          if (reason !== null) throw rejected('WORKFLOW_BLOCKED', { workflow, version, reason });
          return [{ type: 'WorkflowActivated', data: { workflow, version } }];
        }
        case 'DeactivateWorkflow':
          if (!live) throw rejected('WORKFLOW_NOT_FOUND', { workflow });
          return state.active === null ? [] : [{ type: 'WorkflowDeactivated', data: { workflow, version: state.active } }];
        case 'DeleteWorkflow': {
          const { runs, owner } = command.data;
          if (!live) throw rejected('WORKFLOW_NOT_FOUND', { workflow });
          if (state.owner !== null && state.owner !== owner) throw rejected('WORKFLOW_OWNED', { workflow, owner: state.owner });
          if (runs > 0) throw rejected('WORKFLOW_IN_USE', { workflow, runs });
          return [{ type: 'WorkflowDeleted', data: { workflow } }];
        }
        case 'BlockWorkflow':
          return live && state.blocked !== command.data.reason ? [{ type: 'WorkflowBlocked', data: command.data }] : [];
        case 'UnblockWorkflow':
          return live && state.blocked !== null ? [{ type: 'WorkflowUnblocked', data: command.data }] : [];
      }
    },
    evolve: evolveWorkflow,
    initialState: { status: 'absent', owner: null, versions: [], active: null, blocked: null },
  };
}

export function evolveWorkflow(state: WorkflowState, event: WorkflowEvent): WorkflowState {
  switch (event.type) {
    case 'WorkflowSaved': {
      const { hash, needs, owner } = event.data;
      return { ...state, status: state.active === null ? 'saved' : 'active', owner, versions: [...state.versions, { hash, needs }] };
    }
    case 'WorkflowActivated':
      return { ...state, status: 'active', active: event.data.version };
    case 'WorkflowDeactivated':
      return { ...state, status: 'saved', active: null };
    case 'WorkflowDeleted':
      return { ...state, status: 'deleted', active: null, blocked: null };
    case 'WorkflowBlocked':
      return { ...state, blocked: event.data.reason };
    case 'WorkflowUnblocked':
      return { ...state, blocked: null };
  }
}

// Waiting for people: an approval is asked for, decided, or expires.
import { derivedId } from '@kari/kernel';
import { millisecondsOf } from '../duration.rules.js';
import { Refusal, standardError } from '../run-error.rules.js';
import type { OpenTask, RunState } from '../run-state.rules.js';
import type { RunEvent } from '../run.events.js';
import { complete } from './completion.rules.js';
import { fail } from './failure.rules.js';
import type { Machine } from './machine.rules.js';
import { later, timerOf, timerSet } from './run-timers.rules.js';

interface ApprovalArguments {
  readonly title: string;
  readonly details?: unknown;
  readonly rights: readonly string[];
  readonly expiresMs: number | null;
}

export function approvalArguments(given: Record<string, unknown>): ApprovalArguments {
  const { title, details, rights, right, expires } = given;
  const who = rights ?? (right === undefined ? [] : [right]);
  if (typeof title !== 'string') throw new Refusal(standardError('validation', 'an approval has a title'));
  if (!Array.isArray(who) || who.some((one) => typeof one !== 'string'))
    throw new Refusal(standardError('validation', 'the rights of an approval are a list of names'));
  const expiresMs = expires === undefined || expires === null ? null : millisecondsOf(expires);
  if (expires !== undefined && expires !== null && expiresMs === null)
    throw new Refusal(standardError('validation', 'the expiry of an approval is no duration'));
  return { title: title.slice(0, 500), ...(details === undefined ? {} : { details }), rights: who as string[], expiresMs };
}

export function approval(m: Machine, state: RunState, task: OpenTask): readonly RunEvent[] | null {
  const { title, details, rights, expiresMs } = task.arguments as ApprovalArguments;
  if (task.approval === null) {
    const id = derivedId('approval', m.run, task.id, state.approvals);
    const requested: RunEvent = {
      type: 'ApprovalRequested',
      data: {
        approval: id,
        task: task.id,
        title,
        ...(details === undefined ? {} : { details }),
        rights: [...rights],
        expiresAt: expiresMs === null ? null : later(m.now, expiresMs),
        ...(state.start?.kind === undefined ? {} : { runKind: state.start.kind }),
      },
    };
    return expiresMs === null ? [requested] : [requested, timerSet(m, state, timerOf(task, 'approval'), task.id, 'approval', expiresMs)];
  }
  const { id, decision } = task.approval;
  if (decision === 'expired')
    return fail(m, state, task, standardError('timeout', 'nobody decided in time', { title: 'WORKFLOW_APPROVAL_EXPIRED' }));
  if (decision !== null) {
    return complete(m, state, task, { approved: decision.decision === 'approved', comment: decision.comment, by: decision.by });
  }
  return task.fired.includes('approval') ? [{ type: 'ApprovalClosed', data: { approval: id, reason: 'expired' } }] : null;
}

// From the manifest's section `tasks` to what the scheduler and the runs work with.
import { Rejection } from '@kari/kernel';
import { DEFAULT_TASK_RETRIES, durationMilliseconds } from '@kari/package/rules';
import type { Manifest, ManifestTask } from '@kari/protocol/manifest';
import type { Missed, Overlap } from '../contract.js';
import { judgedTiming } from '../timing/timing.rules.js';
import type { TaskDefinition, TaskTrigger } from './task.events.js';

const OVERLAPS: Readonly<Record<NonNullable<ManifestTask['overlap']>, Overlap>> = {
  skip: 'skip',
  queue: 'queue',
  'cancel-running': 'cancel-previous',
};
const MISSED: Readonly<Record<NonNullable<ManifestTask['missed']>, Missed>> = { skip: 'skip', 'run-once': 'one', 'run-all': 'all' };

/** Task id → its definition. `now` only tells whether a moment lies ahead. */
export function declaredTasks({ id, tasks = {} }: Pick<Manifest, 'id' | 'tasks'>, now: string): ReadonlyMap<string, TaskDefinition> {
  return new Map(Object.entries(tasks).map(([name, task]) => [`${id}/${name}`, definitionOf(task, now)]));
}

function definitionOf(task: ManifestTask, now: string): TaskDefinition {
  const { description, deadline, retries = DEFAULT_TASK_RETRIES, overlap = 'skip', missed = 'run-once', input, right = null } = task;
  const trigger = triggerOf(task);
  return {
    description,
    trigger,
    terms: { deadlineMs: deadline === undefined ? null : durationMs(deadline), retries, overlap: OVERLAPS[overlap] },
    missed: MISSED[missed],
    takesInput: input !== undefined,
    right,
    fault: faultOf(trigger, now),
  };
}

function triggerOf({ cron, timeZone = 'UTC', every, on }: ManifestTask): TaskTrigger {
  if (cron !== undefined) return { kind: 'cron', cron, timeZone };
  if (every !== undefined) return { kind: 'every', milliseconds: durationMs(every) };
  return on === undefined ? { kind: 'manual' } : { kind: 'event', type: on };
}

/** What the manifest's check lets pass and the scheduler does not: six fields, a date that never comes. */
function faultOf(trigger: TaskTrigger, now: string): string | null {
  const timing = timingOf(trigger);
  if (timing === null) return null;
  try {
    judgedTiming(timing, now);
    return null;
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    const { reason } = error.facts;
    return (typeof reason === 'string' ? reason : error.code).slice(0, 500);
  }
}

/** For the scheduler; null for what no clock starts. */
export function timingOf(trigger: TaskTrigger): { readonly cron: string; readonly timeZone: string } | { readonly every: number } | null {
  if (trigger.kind === 'cron') return { cron: trigger.cron, timeZone: trigger.timeZone };
  return trigger.kind === 'every' ? { every: trigger.milliseconds } : null;
}

/** A manifest's check has judged it: at least one. */
function durationMs(duration: string): number {
  return Math.max(1, Math.round(durationMilliseconds(duration)));
}

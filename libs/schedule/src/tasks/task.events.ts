// What happened to a declared task of a tenant, stream `schedule.task-<tenant>~<extension>/<name>`.
import type { DomainEvent } from '@kari/kernel';
import { z } from 'zod';
import { MISSED, OVERLAPS } from '../life/schedule.events.js';

export const TASK_CATEGORY = 'schedule.task';

/** `<extension>/<name>`. */
export const taskId = z
  .string()
  .max(150)
  .regex(/^[a-z][a-z0-9.-]{0,80}\/[a-z][a-z0-9_-]{0,62}$/, 'a task is named <extension>/<name>');

const milliseconds = z.number().int().min(1);

const trigger = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('manual') }),
  z.strictObject({ kind: z.literal('cron'), cron: z.string().max(100), timeZone: z.string().max(100) }),
  z.strictObject({ kind: z.literal('every'), milliseconds }),
  z.strictObject({ kind: z.literal('event'), type: z.string().max(150) }),
]);
export type TaskTrigger = z.infer<typeof trigger>;

/** How each run of it goes. */
export const terms = z.strictObject({
  /** Null: that of its resource class. */
  deadlineMs: milliseconds.nullable(),
  /** Further attempts after a failure. */
  retries: z.number().int().min(0).max(20),
  overlap: z.enum(OVERLAPS),
});

export const definition = z.strictObject({
  description: z.string().max(500),
  trigger,
  terms,
  missed: z.enum(MISSED),
  /** Whether a person may give it an input. */
  takesInput: z.boolean(),
  /** Of the extension, which a person needs to run it. */
  right: z.string().max(200).nullable(),
  /** Why nothing can ever start it as it is declared. */
  fault: z.string().max(500).nullable(),
});
export type TaskDefinition = z.infer<typeof definition>;

const about = { task: taskId };
const declared = z.strictObject({ ...about, version: z.string().max(100), definition });
/** Nothing starts it: its extension does not run in this tenant. */
const held = z.strictObject({ ...about, reason: z.string().max(500) });
const paused = z.strictObject({ ...about, reason: z.string().max(500).nullable() });
const named = z.strictObject(about);

export type TaskEvent =
  | DomainEvent<'TaskDeclared', z.infer<typeof declared>>
  | DomainEvent<'TaskHeld', z.infer<typeof held>>
  | DomainEvent<'TaskReleased', z.infer<typeof named>>
  | DomainEvent<'TaskPaused', z.infer<typeof paused>>
  | DomainEvent<'TaskResumed', z.infer<typeof named>>
  | DomainEvent<'TaskWithdrawn', z.infer<typeof named>>;

export const taskEvents = [
  { type: 'TaskDeclared', version: 1, schema: declared },
  { type: 'TaskHeld', version: 1, schema: held },
  { type: 'TaskReleased', version: 1, schema: named },
  { type: 'TaskPaused', version: 1, schema: paused },
  { type: 'TaskResumed', version: 1, schema: named },
  { type: 'TaskWithdrawn', version: 1, schema: named },
] as const;

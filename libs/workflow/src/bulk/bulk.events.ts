// One wish for many runs: which they are is settled before it starts, and each gets a command of its own.
import type { DomainEvent } from '@kari/kernel';
import { z } from 'zod';

export const BULK_CATEGORY = 'workflow.bulk';
export const MOST_RUNS = 1_000;

const action = z.enum(['cancel', 'retry', 'migrate']);
export type BulkAction = z.infer<typeof action>;

const runs = z.array(z.uuid()).max(MOST_RUNS);
/** Who could not be served, and the stable code of the refusal. */
const refused = z.array(z.strictObject({ run: z.uuid(), code: z.string() })).max(MOST_RUNS);

/** To which version, and where its tasks are others: of a wish to migrate. */
export const migrationWish = z.strictObject({
  version: z.string().min(1).max(200),
  mapping: z.array(z.strictObject({ from: z.string().max(1024), to: z.string().max(1024).nullable() })).max(500),
});

const bulkRunsStarted = z.strictObject({
  action,
  runs: runs.min(1),
  reason: z.string().max(500).nullable(),
  migration: migrationWish.optional(),
});
const bulkRunsProgressed = z.strictObject({ done: runs, refused });
const bulkRunsEnded = z.strictObject({});

export type BulkEvent =
  | DomainEvent<'BulkRunsStarted', z.infer<typeof bulkRunsStarted>>
  | DomainEvent<'BulkRunsProgressed', z.infer<typeof bulkRunsProgressed>>
  | DomainEvent<'BulkRunsEnded', z.infer<typeof bulkRunsEnded>>;

export type BulkEventOf<T extends BulkEvent['type']> = Extract<BulkEvent, { readonly type: T }>;

export const bulkEvents = [
  { type: 'BulkRunsStarted', version: 1, schema: bulkRunsStarted },
  { type: 'BulkRunsProgressed', version: 1, schema: bulkRunsProgressed },
  { type: 'BulkRunsEnded', version: 1, schema: bulkRunsEnded },
] as const;

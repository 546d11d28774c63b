// Wishes for many runs, and what the work on them reports.
import type { Command } from '@kari/kernel';
import { z } from 'zod';
import { migrationWish, MOST_RUNS } from './bulk.events.js';

const runs = z.array(z.uuid()).max(MOST_RUNS);

export const bulkRuns = z.strictObject({
  /** Why it cannot be, found before it was sent: whoever asks is authorised and recorded first. */
  impossible: z.strictObject({ code: z.string(), facts: z.record(z.string(), z.unknown()) }).optional(),
  bulk: z.uuid(),
  runs,
  reason: z.string().max(500).nullable(),
});
export const bulkMigrateRuns = z.strictObject({ ...bulkRuns.shape, migration: migrationWish });
export const reportBulk = z.strictObject({
  bulk: z.uuid(),
  done: runs,
  refused: z.array(z.strictObject({ run: z.uuid(), code: z.string() })).max(MOST_RUNS),
});

export type BulkCommand =
  | Command<'BulkCancelRuns', z.infer<typeof bulkRuns>>
  | Command<'BulkRetryRuns', z.infer<typeof bulkRuns>>
  | Command<'BulkMigrateRuns', z.infer<typeof bulkMigrateRuns>>
  | Command<'ReportBulk', z.infer<typeof reportBulk>>;

// The commands over wishes for many runs.
import { streamId } from '@kari/kernel';
import type { AnyCommandDefinition } from '@kari/platform/registry';
import { bulkMigrateRuns, bulkRuns, reportBulk } from './bulk.commands.js';
import { bulkDecider } from './bulk.decider.js';
import { BULK_CATEGORY } from './bulk.events.js';

const common = {
  scope: 'tenant' as const,
  stream: ({ bulk }: { readonly bulk: string }, tenant: string) => streamId(BULK_CATEGORY, tenant, bulk),
  subject: ({ bulk }: { readonly bulk: string }) => `bulk:${bulk}`,
  decider: bulkDecider,
};

export const bulkCommands: readonly AnyCommandDefinition[] = [
  { ...common, type: 'BulkCancelRuns', schema: bulkRuns, right: 'run.operate' },
  { ...common, type: 'BulkRetryRuns', schema: bulkRuns, right: 'run.operate' },
  { ...common, type: 'BulkMigrateRuns', schema: bulkMigrateRuns, right: 'run.operate' },
  { ...common, type: 'ReportBulk', schema: reportBulk, right: 'run.advance' },
];

// The trace of an operation that left no event of its own. Streams `audit.entry-<tenant>~<entry>`, one event each; who, where and when
// stand in its meta like those of every event.
import type { DomainEvent, EventDefinition } from '@kari/kernel';
import { z } from 'zod';

const entryRecorded = z.strictObject({
  entry: z.uuid(),
  operation: z.string(),
  outcome: z.enum(['allowed', 'denied', 'failed']),
  subject: z.string().nullable(),
  code: z.string().nullable(),
  facts: z.record(z.string(), z.unknown()),
  /** The command that was refused or changed nothing; null for reads and calls. */
  commandId: z.string().nullable(),
});

export type AuditEntryRecorded = DomainEvent<'AuditEntryRecorded', z.infer<typeof entryRecorded>>;

export const entryEventDefinitions: readonly EventDefinition[] = [{ type: 'AuditEntryRecorded', version: 1, schema: entryRecorded }];

// How long a tenant keeps the histories of its runs.
import type { DomainEvent } from '@kari/kernel';
import { z } from 'zod';

export const RETENTION_CATEGORY = 'workflow.retention';

/** Null: for ever. */
export const retentionDays = z.number().int().min(0).max(3650).nullable();

const retentionOfRunsSet = z.strictObject({ days: retentionDays });

export type RetentionEvent = DomainEvent<'RetentionOfRunsSet', z.infer<typeof retentionOfRunsSet>>;

export const retentionEvents = [{ type: 'RetentionOfRunsSet', version: 1, schema: retentionOfRunsSet }] as const;

// The outer form of what may be asked of tables: the platform and the test host refuse the same. What is inside is judged by the layout.
import { z } from 'zod';
import { queryLimits } from './query.rules.js';
import { rowLimits } from './row.rules.js';

const name = z.string().min(1).max(100);
const id = z.guid().toLowerCase();
const version = z.number().int().positive().optional();
const values = z.record(z.string(), z.unknown());

/** Operation of the capability `data` → its request. */
export const tableRequests = {
  get: z.strictObject({ collection: name, id }),
  find: z.strictObject({
    collection: name,
    where: z.unknown().optional(),
    order: z
      .array(z.strictObject({ field: name, direction: z.enum(['asc', 'desc']).optional() }))
      .max(queryLimits.orderFields)
      .optional(),
    limit: z.number().int().min(1).max(queryLimits.largestPage).optional(),
    after: z.string().max(queryLimits.cursorLength).nullish(),
  }),
  count: z.strictObject({ collection: name, where: z.unknown().optional() }),
  aggregate: z.strictObject({
    collection: name,
    where: z.unknown().optional(),
    groupBy: z.array(name).max(queryLimits.groupFields).optional(),
    measures: z.record(z.string(), z.unknown()),
  }),
  write: z.strictObject({
    writes: z
      .array(
        z.union([
          z.strictObject({ collection: name, insert: values, id: id.optional() }),
          z.strictObject({ collection: name, update: id, set: values, version }),
          z.strictObject({ collection: name, delete: id, version }),
        ]),
      )
      .min(1)
      .max(rowLimits.writes),
  }),
} as const;

export type TableRequest<Operation extends keyof typeof tableRequests> = z.infer<(typeof tableRequests)[Operation]>;

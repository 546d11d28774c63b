// Events that are not told by extensions: one type of the store, the CloudEvent inside as its author made it.
import type { DomainEvent } from '@kari/kernel';
import { z } from 'zod';

const cloudEventPublished = z.strictObject({
  /** `sent`: from outside, through the API. */
  origin: z.enum(['workflow', 'sent']),
  /** For an emitted one: who did. */
  by: z.strictObject({ workflow: z.string(), run: z.uuid(), task: z.string(), hops: z.number().int().min(0).optional() }).optional(),
  event: z
    .object({
      id: z.string(),
      source: z.string(),
      type: z.string(),
      subject: z.string().optional(),
      time: z.string().optional(),
      data: z.json().optional(),
    })
    .catchall(z.json()),
});

export type CloudEventPublished = DomainEvent<'CloudEventPublished', z.infer<typeof cloudEventPublished>>;

export const cloudEvents = [{ type: 'CloudEventPublished', version: 1, schema: cloudEventPublished }] as const;

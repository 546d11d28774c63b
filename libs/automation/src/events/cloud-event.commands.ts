// Wishes to publish an event that no extension tells: a workflow emits it, or somebody sends it in from outside.
import type { Command } from '@kari/kernel';
import { z } from 'zod';

/** Attributes of a CloudEvent, `data` among them, as their author gave them; `cloud-event.rules.ts` judges them. */
const attributes = z.record(z.string().max(100), z.unknown());

export const sendEvent = z.strictObject({ event: attributes });
export const emitEvent = z.strictObject({
  run: z.uuid(),
  workflow: z.string().min(1).max(200),
  task: z.string().min(1).max(1024),
  hops: z.number().int().min(0).optional(),
  event: attributes,
});

export type CloudEventCommand = Command<'SendEvent', z.infer<typeof sendEvent>> | Command<'EmitEvent', z.infer<typeof emitEvent>>;

// Wishes about a delivery that went wrong too often.
import type { Command } from '@kari/kernel';
import { z } from 'zod';

const delivery = { subscriber: z.string().min(3).max(200), event: z.uuid() };

export const parkEvent = z.strictObject({
  ...delivery,
  extension: z.string(),
  type: z.string(),
  key: z.string(),
  code: z.string(),
  failures: z.number().int(),
  crashes: z.number().int(),
});
export const retryParkedEvent = z.strictObject(delivery);
export const dropParkedEvent = z.strictObject(delivery);

export type ParkedEventCommand =
  | Command<'ParkEvent', z.infer<typeof parkEvent>>
  | Command<'RetryParkedEvent', z.infer<typeof retryParkedEvent>>
  | Command<'DropParkedEvent', z.infer<typeof dropParkedEvent>>;

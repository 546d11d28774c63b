// Wishes about the settings of one extension in one tenant (`_`: for every tenant, below the tenant's own).
import type { Command } from '@kari/kernel';
import { z } from 'zod';

export const extensionId = z.string().regex(/^[a-z][a-z0-9-]{0,38}\.[a-z][a-z0-9-]{0,38}$/, 'an extension is named <publisher>.<name>');

export const setConfiguration = z.strictObject({
  extension: extensionId,
  /** All of the tenant's own values; what is left out falls back to the global value, then to the default. */
  values: z.record(z.string(), z.json()),
  /** Revision the caller has seen, -1 for none; absent: whatever it is. */
  expectedRevision: z.number().int().min(-1).optional(),
});
export const revertConfiguration = z.strictObject({
  extension: extensionId,
  /** The change whose outcome is to apply again. */
  to: z.number().int().min(0),
  expectedRevision: z.number().int().min(-1).optional(),
  /** Looked up right before the send: what was set after that change, `null` when nothing was; absent when there never was such a change. */
  facts: z.strictObject({ then: z.strictObject({ values: z.record(z.string(), z.json()).nullable() }).optional() }),
});
export const clearConfiguration = z.strictObject({ extension: extensionId });

export type ConfigurationCommand =
  | Command<'SetConfiguration', z.infer<typeof setConfiguration>>
  | Command<'RevertConfiguration', z.infer<typeof revertConfiguration>>
  | Command<'ClearConfiguration', z.infer<typeof clearConfiguration>>;

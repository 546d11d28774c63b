// Wishes of platform operators about hosts inside the operator's own network.
import type { Command } from '@kari/kernel';
import { z } from 'zod';

export const openPrivateHost = z.strictObject({
  host: z.string().min(1).max(253),
  networks: z.array(z.string().max(64)).min(1).max(16),
  /** Null: for every tenant. */
  tenant: z.uuid().nullable(),
  reason: z.string().trim().min(3).max(500),
});
export const closePrivateHost = z.strictObject({ host: z.string().min(1).max(253), tenant: z.uuid().nullable() });

export type PrivateHostCommand =
  Command<'OpenPrivateHost', z.infer<typeof openPrivateHost>> | Command<'ClosePrivateHost', z.infer<typeof closePrivateHost>>;

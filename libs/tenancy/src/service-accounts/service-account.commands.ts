// What may be wished about a service account.
import { derivedId, streamId, type Command, type StreamId } from '@kari/kernel';
import { z } from 'zod';
import { anyRole } from '../access/access.rules.js';

const name = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and dashes, 63 at most, a letter first');

export const createServiceAccount = z.strictObject({ name, roles: z.array(anyRole).min(1).max(16).readonly() });
export const changeServiceAccountRoles = z.strictObject({ serviceAccount: z.uuid(), roles: z.array(anyRole).min(1).max(16).readonly() });
export const removeServiceAccount = z.strictObject({ serviceAccount: z.uuid() });

export type ServiceAccountCommand =
  | Command<'CreateServiceAccount', z.infer<typeof createServiceAccount>>
  | Command<'ChangeServiceAccountRoles', z.infer<typeof changeServiceAccountRoles>>
  | Command<'RemoveServiceAccount', z.infer<typeof removeServiceAccount>>;

/** The id follows from tenant and name: two of one name meet in one stream, and a removed one's name (and tokens) never come back to life. */
export function serviceAccountIdOf(tenant: string, accountName: string): string {
  return derivedId('tenancy.service-account', tenant, accountName);
}

export function serviceAccountStream(tenant: string, serviceAccount: string): StreamId {
  return streamId('tenancy.service-account', tenant, serviceAccount);
}

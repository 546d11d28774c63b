// What may be wished about the members of a tenant, or of the platform itself.
import { streamId, type Command, type StreamId } from '@kari/kernel';
import { z } from 'zod';
import { anyRole } from '../access/access.rules.js';

export const addMember = z.strictObject({
  member: z.uuid(),
  email: z.email().max(254),
  name: z.string().trim().min(1).max(120),
  roles: z.array(anyRole).min(1).max(16).readonly(),
});
export const changeMemberRoles = z.strictObject({ member: z.uuid(), roles: z.array(anyRole).min(1).max(16).readonly() });
export const removeMember = z.strictObject({ member: z.uuid() });
/** For somebody who left: makes name and e-mail address unreadable for ever. */
export const eraseMember = z.strictObject({ member: z.uuid() });
/** The platform's own, when a tenant is deleted: everybody leaves and is forgotten. */
export const dissolveMembership = z.strictObject({});

export type MembershipCommand =
  | Command<'AddMember', z.infer<typeof addMember>>
  | Command<'ChangeMemberRoles', z.infer<typeof changeMemberRoles>>
  | Command<'RemoveMember', z.infer<typeof removeMember>>
  | Command<'EraseMember', z.infer<typeof eraseMember>>
  | Command<'DissolveMembership', z.infer<typeof dissolveMembership>>;

export function membershipStream(tenant: string): StreamId {
  return streamId('tenancy.membership', tenant, 'members');
}

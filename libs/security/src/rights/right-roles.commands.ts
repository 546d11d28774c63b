// Wishes about who holds the rights that an extension declares.
import type { Command } from '@kari/kernel';
import { tenantRoles } from '@kari/protocol';
import { z } from 'zod';

const extension = z.string().min(1).max(80);
const right = z.string().min(1).max(81);

export const setRightRoles = z.strictObject({
  extension,
  /** `<resource>.<verb>`, as the manifest names it. */
  right,
  /** In place of those of the manifest; none: nobody holds it. */
  roles: z.array(z.enum(tenantRoles)).max(tenantRoles.length),
});
export const resetRightRoles = z.strictObject({ extension, right });
export const forgetRightRoles = z.strictObject({ extension });

export type RightRolesCommand =
  | Command<'SetRightRoles', z.infer<typeof setRightRoles>>
  | Command<'ResetRightRoles', z.infer<typeof resetRightRoles>>
  | Command<'ForgetRightRoles', z.infer<typeof forgetRightRoles>>;

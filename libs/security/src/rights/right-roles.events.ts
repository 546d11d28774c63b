// What a tenant has decided about the rights of its extensions.
import type { DomainEvent } from '@kari/kernel';
import { tenantRoles } from '@kari/protocol';
import { z } from 'zod';
import { securityEvents } from '../contract.js';

const right = { extension: z.string(), right: z.string() };
const rightRolesSet = z.strictObject({ ...right, roles: z.array(z.enum(tenantRoles)) });
const rightRolesReset = z.strictObject(right);
const rightRolesForgotten = z.strictObject({ extension: z.string() });

export type RightRolesEvent =
  | DomainEvent<'RightRolesSet', z.infer<typeof rightRolesSet>>
  | DomainEvent<'RightRolesReset', z.infer<typeof rightRolesReset>>
  | DomainEvent<'RightRolesForgotten', z.infer<typeof rightRolesForgotten>>;

export const rightRolesEvents = [
  { type: securityEvents.rightRolesSet, version: 1, schema: rightRolesSet },
  { type: securityEvents.rightRolesReset, version: 1, schema: rightRolesReset },
  { type: securityEvents.rightRolesForgotten, version: 1, schema: rightRolesForgotten },
] as const;

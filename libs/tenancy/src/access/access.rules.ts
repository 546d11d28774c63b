// What a proven credential lets its holder do, and where. Everything that is not plainly allowed is denied.
import { PLATFORM_TENANT, rejected } from '@kari/kernel';
import {
  ownRight,
  platformRoles,
  rights,
  tenantRoles,
  type PlatformRole,
  type Right,
  type RightEntry,
  type TenantRole,
} from '@kari/protocol';
import { z } from 'zod';

export type Role = TenantRole | PlatformRole;

export const anyRole = z.enum([...tenantRoles, ...platformRoles]);
export const anyRight = z.enum(Object.keys(rights) as [Right, ...Right[]]);

/** What a credential carries. */
export interface Holding {
  /** Where its holder belongs: a tenant, or `_` for the platform's own people. */
  readonly home: string;
  readonly roles: readonly Role[];
  /** When set, the credential carries no other right than these, whatever the roles say. */
  readonly only: readonly Right[] | null;
}

/** A narrowed credential with one of these could make itself a wider one. */
export const rightsThatGiveRights: readonly Right[] = ['member.manage', 'token.manage'];

/** Whether the holder has that right in that tenant (`_`: on the platform). */
export function allows(holding: Holding, right: string, scope: string): boolean {
  const atHome = holding.home === scope;
  const platformPerson = holding.home === PLATFORM_TENANT;
  if (!atHome && !platformPerson) return false;
  if (right === ownRight) return true;

  const entry = entryOf(right);
  if (entry === null) return false;
  if (holding.only !== null && !holding.only.includes(right as Right)) return false;
  // A right that no tenant role carries is about the platform itself: it means nothing inside a tenant.
  if (scope !== PLATFORM_TENANT && entry.tenant.length === 0) return false;
  const carriers: readonly string[] = platformPerson ? entry.platform : entry.tenant;
  return holding.roles.some((role) => carriers.includes(role));
}

/** Tenant roles that the platform's own people stand in for. */
const STAND_INS: Readonly<Record<PlatformRole, readonly TenantRole[]>> = {
  'platform-operator': ['operator', 'admin'],
  'platform-auditor': ['auditor'],
};

/** Whether the holder has one of those tenant roles in that tenant. A narrowed credential has none: it carries the rights it lists, and no others. */
export function holdsRole(holding: Holding, asked: readonly string[], tenant: string): boolean {
  if (holding.only !== null || tenant === PLATFORM_TENANT) return false;
  if (holding.home === tenant) return holding.roles.some((role) => asked.includes(role));
  if (holding.home !== PLATFORM_TENANT) return false;
  return platformRoles.some((role) => holding.roles.includes(role) && STAND_INS[role].some((standIn) => asked.includes(standIn)));
}

/** Every right the holder has in that tenant, in the order of the table. */
export function rightsIn(holding: Holding, scope: string): readonly Right[] {
  return (Object.keys(rights) as Right[]).filter((right) => allows(holding, right, scope));
}

/** The roles asked for, each once and in the order of the table; refuses one that does not exist in that tenant (or on the platform). */
export function rolesHere(asked: readonly Role[], tenant: string): readonly Role[] {
  const allowed: readonly Role[] = tenant === PLATFORM_TENANT ? platformRoles : tenantRoles;
  const stranger = asked.find((role) => !allowed.includes(role));
  if (stranger !== undefined) throw rejected('TENANCY_ROLE_NOT_HERE', { role: stranger, allowed });
  return allowed.filter((role) => asked.includes(role));
}

/** The role without which nobody could manage members. */
export function keeperRole(tenant: string): Role {
  return tenant === PLATFORM_TENANT ? 'platform-operator' : 'admin';
}

function entryOf(right: string): RightEntry | null {
  return Object.hasOwn(rights, right) ? rights[right as Right] : null;
}

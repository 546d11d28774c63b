// Connection URLs of the three roles, all made from the owner's.
import { createHmac } from 'node:crypto';

export const SYSTEM_ROLE = 'kari_system';
export const TENANT_ROLE = 'kari_tenant';
export type PlatformRole = typeof SYSTEM_ROLE | typeof TENANT_ROLE;

export interface DatabaseUrls {
  /** Migrations alone. */
  readonly owner: string;
  /** Append, projections, relay: sees every tenant. */
  readonly system: string;
  /** Every read on behalf of a caller: row-level security. */
  readonly tenant: string;
}

export function urlsOf(ownerUrl: string): DatabaseUrls {
  return { owner: ownerUrl, system: urlFor(ownerUrl, SYSTEM_ROLE), tenant: urlFor(ownerUrl, TENANT_ROLE) };
}

/**
 * Derived, so that every server that knows DATABASE_URL comes to the same password without storing one; it leads back to nothing.
 * Null where the owner has none either: then the server trusts by other means.
 */
export function rolePassword(ownerUrl: string, role: PlatformRole): string | null {
  const secret = decodeURIComponent(new URL(ownerUrl).password);
  return secret === '' ? null : createHmac('sha256', secret).update(`kari database role ${role}`).digest('base64url');
}

function urlFor(ownerUrl: string, role: PlatformRole): string {
  const url = new URL(ownerUrl);
  url.username = role;
  url.password = rolePassword(ownerUrl, role) ?? '';
  return url.href;
}

/** For logs and refusals: never with the password. */
export function withoutPassword(databaseUrl: string): string {
  try {
    const url = new URL(databaseUrl);
    return `${url.protocol}//${url.username === '' ? '' : `${url.username}@`}${url.host}${url.pathname}`;
  } catch {
    return 'an unreadable URL';
  }
}

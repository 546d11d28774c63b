// Consent is exact: every permission of the manifest by its id, no more and no less, and the resource class where it is above S.
import { rejected } from '@kari/kernel';
import type { ResolvedPackage } from './extension.commands.js';

/** One thing the operator is asked for. */
export interface ConsentItem {
  readonly id: string;
  readonly reason: string;
}

export function consentOf(found: ResolvedPackage): readonly ConsentItem[] {
  const permissions = found.grants.map(({ id, reason }) => ({ id, reason }));
  if (found.resourceClass === 'S') return permissions;
  return [...permissions, { id: `resources:${found.resourceClass}`, reason: found.resourceReason }];
}

/** Throws EXTENSION_CONSENT_REQUIRED or EXTENSION_CONSENT_UNKNOWN. */
export function demandConsent(extension: string, found: ResolvedPackage, consented: readonly string[]): void {
  const required = consentOf(found);
  const given = new Set(consented);
  const missing = required.filter((item) => !given.has(item.id));
  if (missing.length > 0) {
    throw rejected('EXTENSION_CONSENT_REQUIRED', {
      extension,
      version: found.version,
      missing: missing.map((item) => `${item.id} (${item.reason})`),
      consent: missing,
    });
  }
  const known = new Set(required.map((item) => item.id));
  const unknown = [...given].filter((id) => !known.has(id));
  if (unknown.length > 0) throw rejected('EXTENSION_CONSENT_UNKNOWN', { extension, version: found.version, unknown });
}

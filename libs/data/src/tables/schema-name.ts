// The name of the database schema of an owner's tables.
import { createHash } from 'node:crypto';

/** Eighty bits of a hash: no two owners meet, and no name of theirs comes near a statement. */
export function schemaOf({ tenant, extension }: { readonly tenant: string; readonly extension: string }): string {
  return `x_${createHash('sha256').update(`${tenant}\u0000${extension}`).digest('hex').slice(0, 20)}`;
}

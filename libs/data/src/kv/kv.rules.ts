// What a key and a value may be, what they weigh, and whether a write fits: decided before anything is written.

export const LONGEST_KEY = 256;
export const LARGEST_VALUE = 256 * 1024;

export interface Usage {
  readonly bytes: number;
  readonly lastVersion: number;
}

export interface StoredEntry {
  readonly version: number;
  readonly bytes: number;
}

/** `null` and `0` ask that the key is not there; absent asks for nothing. */
export type ExpectedVersion = number | null | undefined;

export type WriteVerdict =
  | { readonly ok: true; readonly usage: Usage }
  | { readonly ok: false; readonly code: 'DATA_KV_CONFLICT'; readonly actual: number | null }
  | { readonly ok: false; readonly code: 'DATA_KV_QUOTA'; readonly needed: number };

/** No control characters and no half characters: two keys that look different must stay different in the database. */
export function isKey(key: string): boolean {
  return key.length > 0 && key.length <= LONGEST_KEY && !/[\u0000-\u001f\u007f]|\p{Surrogate}/u.test(key);
}

/** Bytes granted: the largest item, not their sum, since a manifest asks for the store once. */
export function quotaOf(scopes: readonly Readonly<Record<string, unknown>>[]): number {
  return scopes.reduce((largest, { bytes }) => (typeof bytes === 'number' && bytes > largest ? bytes : largest), 0);
}

/**
 * The usage after the write, or why there is none. A write that makes the store smaller is always let through: it is the way out for an
 * extension whose quota was narrowed.
 */
export function judgeWrite(
  usage: Usage,
  existing: StoredEntry | null,
  bytes: number,
  quota: number,
  expected: ExpectedVersion,
): WriteVerdict {
  if (expected !== undefined && (expected ?? 0) !== (existing?.version ?? 0)) {
    return { ok: false, code: 'DATA_KV_CONFLICT', actual: existing?.version ?? null };
  }
  const needed = usage.bytes - (existing?.bytes ?? 0) + bytes;
  if (needed > quota && needed > usage.bytes) return { ok: false, code: 'DATA_KV_QUOTA', needed };
  return { ok: true, usage: { bytes: needed, lastVersion: usage.lastVersion + 1 } };
}

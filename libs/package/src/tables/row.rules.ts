// What is written: an insert or a change judged against the declared layout, and what a row weighs.
import { rejected } from '@kari/kernel';
import { own, type CollectionLayout, type FieldLayout } from './layout.rules.js';
import { judgeValue } from './value.rules.js';

export type Write =
  | { readonly collection: string; readonly insert: Readonly<Record<string, unknown>>; readonly id?: string | undefined }
  | {
      readonly collection: string;
      readonly update: string;
      readonly set: Readonly<Record<string, unknown>>;
      readonly version?: number | undefined;
    }
  | { readonly collection: string; readonly delete: string; readonly version?: number | undefined };

export type WriteOutcome = { readonly id: string; readonly version: number } | { readonly deleted: boolean };

/** Field → its value in its one form; null where it has none. */
export type Values = Readonly<Record<string, unknown>>;

export const rowLimits = {
  /** Bytes of one row as JSON. */
  rowBytes: 256 * 1024,
  /** Writes of one transaction. */
  writes: 100,
} as const;

export interface Usage {
  readonly rows: number;
  readonly bytes: number;
}

/** A whole row: defaults filled in. Throws `Rejection` DATA_FIELD_UNKNOWN, DATA_VALUE_INVALID or DATA_ROW_TOO_LARGE. */
export function judgeInsert(collection: string, layout: CollectionLayout, given: Readonly<Record<string, unknown>>): Values {
  refuseUnknown(collection, layout, given);
  return judged(
    collection,
    Object.entries(layout.fields).map(
      ([name, field]) => [name, field, Object.hasOwn(given, name) ? (given[name] ?? null) : field.default] as const,
    ),
  );
}

/** The row as it will be. `set` names what changes; null takes a value away. */
export function judgeUpdate(collection: string, layout: CollectionLayout, before: Values, set: Readonly<Record<string, unknown>>): Values {
  refuseUnknown(collection, layout, set);
  return judged(
    collection,
    Object.entries(layout.fields).map(([name, field]) => {
      if (Object.hasOwn(set, name)) return [name, field, set[name] ?? null] as const;
      return [name, field, own(before, name) ?? (field.required ? field.default : null)] as const;
    }),
  );
}

/** A row that a version with another layout wrote: what this one calls required has its default. */
export function asRead({ required, default: otherwise }: FieldLayout, value: unknown): unknown {
  return value ?? (required ? otherwise : null);
}

export function weightOf(values: Values): number {
  return Buffer.byteLength(JSON.stringify(values), 'utf8');
}

/**
 * Whether a change of rows and bytes fits. What makes the tables smaller always does: it is the way out where a limit was narrowed.
 */
export function judgeUsage(before: Usage, after: Usage, limit: Usage): 'rows' | 'bytes' | null {
  if (after.rows > limit.rows && after.rows > before.rows) return 'rows';
  return after.bytes > limit.bytes && after.bytes > before.bytes ? 'bytes' : null;
}

function judged(collection: string, entries: readonly (readonly [string, FieldLayout, unknown])[]): Values {
  const values = Object.fromEntries(
    entries.map(([name, field, value]) => {
      if (value === null) {
        if (field.required)
          throw rejected('DATA_VALUE_INVALID', { collection, field: name, reason: 'every row has one, and it has no default' });
        return [name, null];
      }
      const verdict = judgeValue(field, value);
      if (!verdict.ok) throw rejected('DATA_VALUE_INVALID', { collection, field: name, reason: verdict.reason });
      return [name, verdict.value];
    }),
  );
  const bytes = weightOf(values);
  if (bytes > rowLimits.rowBytes) throw rejected('DATA_ROW_TOO_LARGE', { collection, bytes, limit: rowLimits.rowBytes });
  return values;
}

function refuseUnknown(collection: string, { fields }: CollectionLayout, given: Readonly<Record<string, unknown>>): void {
  const unknown = Object.keys(given).find((name) => own(fields, name) === null);
  if (unknown !== undefined) throw rejected('DATA_FIELD_UNKNOWN', { collection, field: unknown.slice(0, 100), known: Object.keys(fields) });
}

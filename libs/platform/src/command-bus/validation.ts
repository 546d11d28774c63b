// The first step of every command: its body is exactly what its schema says, unknown fields included in the refusal.
import { Rejection } from '@kari/kernel';
import { z, type ZodType } from 'zod';

/** A body that its schema refuses. `auditFacts` leave out whatever the caller wrote: names of unknown fields may be a secret as well. */
export class InvalidInput extends Rejection {
  constructor(
    operation: string,
    reason: string,
    field: string,
    readonly auditFacts: Readonly<Record<string, unknown>>,
  ) {
    super('REQUEST_INVALID', { operation, field, reason });
    this.name = 'InvalidInput';
  }
}

export function validated<T>(operation: string, schema: ZodType<T>, data: unknown): T {
  const result = strict(schema).safeParse(data);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.map(String) ?? [];
  const field = issue?.code === 'unrecognized_keys' ? [...path, issue.keys[0] ?? ''].join('.') : path.join('.');
  const reason = `${field === '' ? 'the body' : field}: ${issue?.message ?? 'not valid'}`;
  throw new InvalidInput(operation, reason, field, { issue: issue?.code ?? 'invalid', field: declared(schema, path[0]) });
}

/** A schema compiles itself when it is first used, so each has one strict form for good. */
const strictForms = new WeakMap<ZodType, ZodType>();

// A context that forgot `z.strictObject` must not let unknown fields pass in silence.
function strict<T>(schema: ZodType<T>): ZodType<T> {
  if (!(schema instanceof z.ZodObject)) return schema;
  const form = strictForms.get(schema) ?? schema.strict();
  strictForms.set(schema, form);
  return form as unknown as ZodType<T>;
}

function declared(schema: ZodType, field: string | undefined): string | null {
  return field !== undefined && schema instanceof z.ZodObject && field in schema.shape ? field : null;
}

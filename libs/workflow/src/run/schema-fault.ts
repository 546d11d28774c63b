// What a value breaks of a schema that a document holds.
import { Rejection } from '@kari/kernel';
import { compileForeignSchema } from '@kari/package';
import type { JsonSchema } from '@kari/protocol/manifest';

/** In words; null for nothing. */
export function schemaFault(schema: unknown, value: unknown): string | null {
  try {
    const [problem] = compileForeignSchema(schema as JsonSchema).check(value);
    return problem === undefined ? null : `${problem.pointer === '' ? '/' : problem.pointer} ${problem.reason}`;
  } catch (error) {
    if (error instanceof Rejection) return `its schema cannot be used: ${error.code}`;
    throw error;
  }
}

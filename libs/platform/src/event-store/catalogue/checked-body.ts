// Holds a body against its schema before it is stored for ever. A field the schema does not know is refused, not dropped in silence.
import { InvalidEvent, type EventDefinition, type NewEvent } from '@kari/kernel';

export function checkedBody(event: NewEvent, definition: EventDefinition | undefined): unknown {
  if (definition === undefined) throw new InvalidEvent(event.type, 'nobody registered this type');
  if (event.version !== definition.version) {
    throw new InvalidEvent(event.type, `version ${event.version} is not written any more or yet: version ${definition.version} is`);
  }
  const parsed = definition.schema.safeParse(event.data);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InvalidEvent(event.type, `/${issue?.path.map(String).join('/') ?? ''} ${issue?.message ?? 'does not match the schema'}`);
  }
  const unknown = unknownField(event.data, parsed.data, '');
  if (unknown !== null) throw new InvalidEvent(event.type, `${unknown} is not in the schema`);
  return parsed.data;
}

/** Pointer of the first field that the schema dropped. */
function unknownField(given: unknown, kept: unknown, path: string): string | null {
  if (given === null || typeof given !== 'object' || kept === null || typeof kept !== 'object') return null;
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const here = `${path}/${key}`;
    if (!Object.hasOwn(kept, key)) return here;
    const deeper = unknownField(value, (kept as Readonly<Record<string, unknown>>)[key], here);
    if (deeper !== null) return deeper;
  }
  return null;
}

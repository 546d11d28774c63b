// Personal fields leave the body before it is stored and come back when it is read, as long as the person's key exists.
// They travel under one reserved name, so that the stored event says by itself what was encrypted and for whom, in every later version.
import { canonicalJson, InvalidEvent, NotJson, type EventDefinition, type NewEvent, type RecordedEvent } from '@kari/kernel';
import type { Keys } from '@kari/platform/crypto';

const RESERVED = '$personal';

interface Protected {
  readonly subject: string;
  /** Ciphertext by field. */
  readonly fields: Readonly<Record<string, string>>;
}

type Body = Readonly<Record<string, unknown>>;

export async function protectPersonal(keys: Keys, definition: EventDefinition, event: NewEvent): Promise<NewEvent> {
  const { data } = event;
  if (!isObject(data)) return event;
  if (Object.hasOwn(data, RESERVED)) throw new InvalidEvent(event.type, `${RESERVED} is reserved`);
  const tagged = (definition.personal ?? []).filter((field) => data[field] !== undefined && data[field] !== null);
  if (tagged.length === 0) return event;
  const subject = data[definition.subject ?? ''];
  if (typeof subject !== 'string' || subject === '') throw new InvalidEvent(event.type, 'personal fields need the id of their subject');
  const fields: Record<string, string> = {};
  const open: Record<string, unknown> = { ...data };
  for (const field of tagged) {
    delete open[field];
    fields[field] = await keys.encrypt(event.meta.tenant, subject, contextOf(event, field), textOf(event.type, data[field]));
  }
  return { ...event, data: { ...open, [RESERVED]: { subject, fields } satisfies Protected } };
}

/** With every protected field in clear, or null where the person was erased. */
export async function revealPersonal(keys: Keys, event: RecordedEvent): Promise<RecordedEvent> {
  const { data } = event;
  if (!isObject(data) || !isProtected(data[RESERVED])) return event;
  const { [RESERVED]: hidden, ...open } = data as Body & { readonly [RESERVED]: Protected };
  const revealed: Record<string, unknown> = { ...open };
  for (const [field, ciphertext] of Object.entries(hidden.fields)) {
    const text = await keys.decrypt(event.meta.tenant, hidden.subject, contextOf(event, field), ciphertext);
    revealed[field] = text === null ? null : (JSON.parse(text) as unknown);
  }
  return { ...event, data: revealed };
}

/** Whether `revealPersonal` would change nothing. */
export function isInClear({ data }: RecordedEvent): boolean {
  return !isObject(data) || !isProtected(data[RESERVED]);
}

/** Bound to the event and the field: a ciphertext copied elsewhere does not open. */
function contextOf(event: { readonly id: string; readonly type: string }, field: string): string {
  return JSON.stringify([event.id, event.type, field]);
}

function textOf(type: string, value: unknown): string {
  try {
    return canonicalJson(value);
  } catch (error) {
    throw error instanceof NotJson ? new InvalidEvent(type, error.message) : error;
  }
}

function isProtected(value: unknown): value is Protected {
  return isObject(value) && typeof value['subject'] === 'string' && isObject(value['fields']);
}

function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

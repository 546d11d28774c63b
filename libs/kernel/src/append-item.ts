// What every adapter asks of an item before it touches the log, so that a malformed one fails alone and alike everywhere.
import { canonicalJson, isWellFormed, NotJson } from './canonical-json.js';
import { DuplicateConflict, InvalidEvent } from './errors.js';
import { categoryOf, idOf, type NewEvent, type StreamId } from './event.js';
import type { AppendItem, ExpectedVersion } from './event-store.port.js';

export const MAX_EVENTS_PER_ITEM = 4096;
/** Characters of canonical JSON. */
export const MAX_BODY_LENGTH = 8 * 1024 * 1024;
const MAX_META_LENGTH = 16 * 1024;
const MAX_NAME_LENGTH = 512;
const LAST_REVISION = 2n ** 62n;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An event as it is stored: bodies are canonical JSON, compared by text when an id comes again. */
export interface EncodedEvent {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly data: string;
  readonly meta: string;
}

export interface EncodedItem {
  readonly stream: StreamId;
  readonly category: string;
  readonly expected: ExpectedVersion;
  readonly events: readonly EncodedEvent[];
}

/** Throws `InvalidEvent`, or `DuplicateConflict` for an id that the item holds twice. */
export function encodeItem(item: AppendItem): EncodedItem {
  const [first] = item.events;
  if (first === undefined) throw new InvalidEvent('?', 'an item needs at least one event');
  const refuse = (reason: string): never => {
    throw new InvalidEvent(first.type, reason);
  };
  if (item.events.length > MAX_EVENTS_PER_ITEM) refuse(`an item holds at most ${MAX_EVENTS_PER_ITEM} events`);
  const { expected } = item;
  if (typeof expected === 'bigint' && (expected < 0n || expected > LAST_REVISION)) refuse(`${expected} is no revision`);
  const category = checkedCategory(item.stream) ?? refuse('the stream name is not <context>.<aggregate>-<tenant>~<id>');
  const seen = new Set<string>();
  const metaOf = remembering(encodedMeta);
  const events = item.events.map((event) => {
    if (seen.has(event.id)) throw new DuplicateConflict(event.id);
    seen.add(event.id);
    return encodeEvent(event, metaOf);
  });
  return { stream: item.stream, category, expected, events };
}

function encodeEvent(event: NewEvent, metaOf: typeof encodedMeta): EncodedEvent {
  if (!isName(event.type)) throw new InvalidEvent(String(event.type), 'the type is no name');
  if (!UUID.test(event.id)) throw new InvalidEvent(event.type, 'the id is not a lower-case uuid');
  if (!Number.isInteger(event.version) || event.version < 1 || event.version > 0x7fffffff) {
    throw new InvalidEvent(event.type, `${event.version} is no version`);
  }
  const data = encoded(event.type, event.data);
  if (data.length > MAX_BODY_LENGTH) throw new InvalidEvent(event.type, `the body is longer than ${MAX_BODY_LENGTH} characters`);
  return { id: event.id, type: event.type, version: event.version, data, meta: metaOf(event) };
}

function encodedMeta({ type, meta }: NewEvent): string {
  const text = encoded(type, meta);
  if (text.length > MAX_META_LENGTH) throw new InvalidEvent(type, `the metadata is longer than ${MAX_META_LENGTH} characters`);
  return text;
}

/** The events of one decision share their metadata, which is then written down once. */
function remembering(encode: typeof encodedMeta): typeof encodedMeta {
  let known: { readonly meta: unknown; readonly text: string } | null = null;
  return (event) => {
    if (known?.meta !== event.meta) known = { meta: event.meta, text: encode(event) };
    return known.text;
  };
}

function encoded(type: string, value: unknown): string {
  try {
    return canonicalJson(value);
  } catch (error) {
    if (error instanceof NotJson) throw new InvalidEvent(type, error.message);
    throw error;
  }
}

function checkedCategory(stream: StreamId): string | null {
  if (!isName(stream)) return null;
  try {
    return idOf(stream) === '' ? null : categoryOf(stream);
  } catch {
    return null;
  }
}

function isName(text: unknown): text is string {
  return (
    typeof text === 'string' &&
    text.length > 0 &&
    text.length <= MAX_NAME_LENGTH &&
    !/[\u0000-\u001f\u007f]/.test(text) &&
    isWellFormed(text)
  );
}

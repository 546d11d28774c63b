// Between rows and events. A body over 64 KiB lies in the blob store under its hash; the row keeps the reference.
import type { EncodedEvent, EncodedItem, EventMeta, RecordedEvent, StreamId } from '@kari/kernel';
import type { Blobs } from '@kari/platform/blob';

/** Bytes of canonical JSON kept in the row. */
const LARGEST_INLINE_BODY = 64 * 1024;

export interface EventRow {
  readonly position: string | null;
  readonly id: string;
  readonly stream: string;
  readonly revision: string;
  readonly type: string;
  readonly version: string;
  readonly data: string | null;
  readonly blob: string | null;
  readonly meta: string;
  /** Milliseconds since the epoch. */
  readonly recorded_at: string;
}

/** One that is there. */
export type PlacedRow = EventRow & { readonly position: string };

interface OffloadedEvent extends EncodedEvent {
  readonly blob: string;
}

export function blobOf(event: EncodedEvent): string | null {
  return 'blob' in event ? (event as OffloadedEvent).blob : null;
}

/** The item with its large bodies put away; durable before the event that refers to them. */
export async function offloaded(item: EncodedItem, blobs: Blobs): Promise<EncodedItem> {
  if (!item.events.some((event) => isLarge(event.data))) return item;
  const events = await Promise.all(
    item.events.map(async (event): Promise<EncodedEvent> => {
      if (!isLarge(event.data)) return event;
      const away: OffloadedEvent = { ...event, data: '', blob: await blobs.put(Buffer.from(event.data)) };
      return away;
    }),
  );
  return { ...item, events };
}

export async function recordedEvent(row: EventRow, blobs: Blobs): Promise<RecordedEvent> {
  const data = row.data ?? (row.blob === null ? 'null' : Buffer.from(await blobs.get(row.blob)).toString('utf8'));
  return {
    id: row.id,
    stream: row.stream as StreamId,
    revision: BigInt(row.revision),
    position: row.position ?? '0',
    type: row.type,
    version: Number(row.version),
    data: JSON.parse(data) as unknown,
    meta: JSON.parse(row.meta) as EventMeta,
    recordedAt: new Date(Number(row.recorded_at)).toISOString(),
  };
}

function isLarge(data: string): boolean {
  return data.length > LARGEST_INLINE_BODY / 3 && Buffer.byteLength(data) > LARGEST_INLINE_BODY;
}

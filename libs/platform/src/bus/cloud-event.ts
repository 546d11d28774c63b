// A fact in the dress of CloudEvents 1.0; attribute names are lower-case letters and digits, as the specification demands.
import { categoryOf, type RecordedEvent } from '@kari/kernel';

export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  /** `/kari/<tenant>/<category>`. */
  readonly source: string;
  readonly type: string;
  /** The stream. */
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: unknown;
  readonly partitionkey: string;
  readonly tenant: string;
  readonly position: string;
  readonly revision: string;
  readonly schemaversion: string;
  readonly actor: string;
  readonly actorkind: string;
  readonly correlationid: string;
  readonly causationid?: string;
  readonly traceparent?: string;
}

export function cloudEventOf(event: RecordedEvent): CloudEvent {
  return {
    specversion: '1.0',
    id: event.id,
    source: `/kari/${event.meta.tenant}/${categoryOf(event.stream)}`,
    type: event.type,
    subject: event.stream,
    time: event.meta.occurredAt,
    datacontenttype: 'application/json',
    data: event.data,
    partitionkey: event.stream,
    tenant: event.meta.tenant,
    position: event.position,
    revision: event.revision.toString(),
    schemaversion: String(event.version),
    actor: event.meta.actor,
    actorkind: event.meta.actorKind,
    correlationid: event.meta.correlationId,
    ...(event.meta.causationId === undefined ? {} : { causationid: event.meta.causationId }),
    ...(event.meta.traceparent === undefined ? {} : { traceparent: event.meta.traceparent }),
  };
}

/** `kari.extension.v1` of an event of `extension.installation`. */
export function topicOf(event: RecordedEvent): string {
  const category = categoryOf(event.stream);
  const dot = category.indexOf('.');
  return `kari.${dot < 0 ? category : category.slice(0, dot)}.v1`;
}

// What happened: the shape of every fact in the store. Names and bodies of events are stored for ever.

/** The stream's name: `<context>.<aggregate>-<tenant>~<id>`; the tenant is a uuid, or `_` for the platform itself. */
export type StreamId = `${string}.${string}-${string}~${string}`;

/** A place in the one log. Opaque; compare with `comparePositions`, never by string order. */
export type Position = string;

/** Stands before the first event. */
export const START: Position = '0';

/** The tenant of what belongs to nobody but the platform. */
export const PLATFORM_TENANT = '_';

/** Who, for whom, when and why: everything about a fact that is not the fact itself. */
export interface EventMeta {
  /** Tenant uuid, or `_`. */
  readonly tenant: string;
  /** Opaque id of the user, service account, extension or process that acted; never an e-mail or a name. */
  readonly actor: string;
  /** What kind of actor it was. */
  readonly actorKind: ActorKind;
  /** The command that caused it; all events of one command carry the same id and make one audit entry. */
  readonly commandId: string;
  readonly commandType: string;
  /** Shared by everything that one request set in motion. */
  readonly correlationId: string;
  /** The event or command right before this one. */
  readonly causationId?: string;
  /** ISO 8601 in UTC, from the clock port. */
  readonly occurredAt: string;
  /** W3C Trace Context. */
  readonly traceparent?: string;
}

export type ActorKind = 'user' | 'service-account' | 'extension' | 'system';

/** A fact as a decider speaks it. `version` is the body's version, 1 unless stated. */
export interface DomainEvent<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
  readonly version?: number;
}

/** A fact on its way into the store. */
export interface NewEvent {
  /** uuid; the same id twice is the same fact. */
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly data: unknown;
  readonly meta: EventMeta;
}

/** A fact in the store. */
export interface RecordedEvent<Type extends string = string, Data = unknown> {
  readonly id: string;
  readonly stream: StreamId;
  /** Place in its stream, from 0. */
  readonly revision: bigint;
  /** Place in the whole log. */
  readonly position: Position;
  readonly type: Type;
  readonly version: number;
  readonly data: Data;
  readonly meta: EventMeta;
  /** When the store wrote it (ISO 8601); for people, never for order. */
  readonly recordedAt: string;
}

export function comparePositions(a: Position, b: Position): number {
  const left = BigInt(a);
  const right = BigInt(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `streamId('extension.installation', tenant, 'acme.notes')`. */
export function streamId(category: string, tenant: string, id: string): StreamId {
  return `${category}-${tenant}~${id}` as StreamId;
}

/** `extension.installation` of `extension.installation-<tenant>~acme.notes`. */
export function categoryOf(stream: StreamId): string {
  return stream.slice(0, tenantDash(stream));
}

/** The tenant part of a stream's name. */
export function tenantOf(stream: StreamId): string {
  return stream.slice(tenantDash(stream) + 1, stream.indexOf('~'));
}

/** The id part of a stream's name. */
export function idOf(stream: StreamId): string {
  return stream.slice(stream.indexOf('~') + 1);
}

// A category may hold dashes (`tenancy.api-token`), a tenant is a uuid or `_`: the tenant starts behind the dash that precedes it.
const TENANT_PART = /-(_|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})~/;

function tenantDash(stream: StreamId): number {
  const match = TENANT_PART.exec(stream);
  if (match === null) throw new TypeError(`not a stream name: ${stream}`);
  return match.index;
}

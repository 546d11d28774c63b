// Published names of the automation context: what extensions publish travels as one event type of the store, what others publish as another.
import type { RecordedEvent } from '@kari/kernel';

export const automationEvents = {
  extensionEventPublished: 'ExtensionEventPublished',
  cloudEventPublished: 'CloudEventPublished',
  deliveryParked: 'EventDeliveryParked',
  deliveryRetried: 'EventDeliveryRetried',
  deliveryDropped: 'EventDeliveryDropped',
} as const;

/** Token of `EventDelivery`. */
export const EVENT_DELIVERY = Symbol('EventDelivery');

/** For the process that hosts sandboxes: hands published events to their subscribers while it runs. */
export interface EventDelivery {
  /** Call it once sandboxes may start. */
  start(): void;
  /** Lets deliveries in hand finish; what was not acknowledged comes again later. */
  stop(): Promise<void>;
}

/** Token of `TenantEvents`. */
export const TENANT_EVENTS = Symbol('TenantEvents');

/** Any event of a tenant as who listens sees it: CloudEvents 1.0 in the JSON format. */
export interface CloudEventDocument {
  readonly specversion: '1.0';
  /** With `source` it names the event: the same two are the same event. */
  readonly id: string;
  /** `/kari/extensions/<extension>` for what an extension published; nobody else may say so. */
  readonly source: string;
  readonly type: string;
  /** RFC 3339. */
  readonly time: string;
  /** What it is about; the key of an extension's event. */
  readonly subject?: string | undefined;
  readonly datacontenttype: string;
  readonly data?: unknown;
  /** Stamped by the platform, as every attribute that begins with `kari`. */
  readonly kariorigin: 'extension' | 'workflow' | 'sent';
  readonly [attribute: string]: unknown;
}

export interface Emission {
  readonly tenant: string;
  /** `<name>`, or `<extension>/<name>` for one that an extension brings along. */
  readonly workflow: string;
  readonly run: string;
  readonly task: string;
  /** Runs that led to this one, each by an event it emitted. Default 0. */
  readonly hops?: number;
  /** Names the emission for ever: repeated under the same key it is the same event. */
  readonly key: string;
  /** Attributes of the CloudEvent; `id`, `source` and `type` are needed. With its data at most 64 KiB. */
  readonly event: Readonly<Record<string, unknown>>;
  readonly correlationId: string;
}

/** Errors are `Rejection`s: AUTOMATION_EVENT_* codes. */
export interface TenantEvents {
  /** The event as it stands in the log. Heard by the extensions, workflows and automations of the tenant. */
  emit(emission: Emission): Promise<CloudEventDocument>;
  /** Null for what is no event of a tenant. */
  read(recorded: RecordedEvent): CloudEventDocument | null;
}

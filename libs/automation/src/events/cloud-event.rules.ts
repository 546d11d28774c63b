// What an event from outside or from a workflow may say of itself, and how every event of a tenant looks to who listens: CloudEvents 1.0.
import type { RecordedEvent } from '@kari/kernel';
import type { CloudEventDocument } from '../contract.js';
import type { CloudEventPublished } from './cloud-event.events.js';
import type { ExtensionEvent } from './extension-event.events.js';

type Attributes = Readonly<Record<string, unknown>>;

export interface AttributeFault {
  readonly attribute: string;
  readonly reason: string;
}

const TYPE = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,149}$/;
const NAME = /^[a-z0-9]{1,20}$/;
/** RFC 3339. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;
const JSON_TYPE = /^application\/([a-z0-9.+-]+\+)?json(;.*)?$/i;
/** Sources that the platform itself gives: who filters by one of them can rely on it. */
const OWN_SOURCE = '/kari/';

/** The first attribute that no CloudEvent of this platform may have. */
export function attributeFault(event: Attributes): AttributeFault | null {
  for (const name of ['id', 'source', 'type'] as const) {
    if (event[name] === undefined) return { attribute: name, reason: 'is missing' };
  }
  for (const [attribute, value] of Object.entries(event)) {
    const reason = faultOf(attribute, value);
    if (reason !== null) return { attribute, reason };
  }
  return null;
}

function faultOf(attribute: string, value: unknown): string | null {
  switch (attribute) {
    case 'data':
      return null;
    case 'specversion':
      return value === '1.0' ? null : 'is not 1.0';
    case 'type':
      return typeof value === 'string' && TYPE.test(value) ? null : 'has 1 to 150 of A-Z a-z 0-9 . _ : / -';
    case 'source':
      if (typeof value !== 'string' || !/^[^\s\p{Cc}]{1,300}$/u.test(value)) return 'is a URI reference of 1 to 300 characters';
      return value.toLowerCase().startsWith(OWN_SOURCE) ? `begins with ${OWN_SOURCE}, which is the platform's own` : null;
    case 'id':
    case 'subject':
    case 'dataschema':
      return typeof value === 'string' && /^[^\p{Cc}]{1,300}$/u.test(value) ? null : 'is a text of 1 to 300 characters';
    case 'time':
      return typeof value === 'string' && MOMENT.test(value) && !Number.isNaN(Date.parse(value)) ? null : 'is no moment of RFC 3339';
    case 'datacontenttype':
      return typeof value === 'string' && value.length <= 100 && JSON_TYPE.test(value) ? null : 'is no JSON: data travels as JSON alone';
    default:
      if (!NAME.test(attribute)) return 'has 1 to 20 of a-z 0-9 in its name';
      if (attribute.startsWith('kari')) return "begins with kari, which is the platform's own";
      if (typeof value === 'boolean' || (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31)) return null;
      return typeof value === 'string' && value.length <= 1_000
        ? null
        : 'is a text of at most 1,000 characters, a whole number or a boolean';
  }
}

/** Whose name a type bears: `acme.shop` of `acme.shop.paid.v1`; `kari` for the platform's own. Null for a type that nobody owns. */
export function ownerOf(type: string, installed: readonly string[]): string | null {
  const lower = type.toLowerCase();
  if (lower === 'kari' || lower.startsWith('kari.')) return installed.find((extension) => lower.startsWith(`${extension}.`)) ?? 'kari';
  return installed.find((extension) => lower === extension || lower.startsWith(`${extension}.`)) ?? null;
}

/** The extension that brings a workflow along, by its name `<extension>/<name>`. */
export function extensionOf(workflow: string): string | null {
  const slash = workflow.indexOf('/');
  return slash < 0 ? null : workflow.slice(0, slash);
}

/** Null for what is no event of a tenant. */
export function dressed(recorded: Pick<RecordedEvent, 'id' | 'type' | 'data' | 'meta'>): CloudEventDocument | null {
  const { occurredAt } = recorded.meta;
  if (recorded.type === 'ExtensionEventPublished') {
    const { extension, type, key, data } = recorded.data as ExtensionEvent['data'];
    return {
      specversion: '1.0',
      id: recorded.id,
      source: `/kari/extensions/${extension}`,
      type,
      subject: key,
      time: occurredAt,
      datacontenttype: 'application/json',
      data,
      kariorigin: 'extension',
      kariextension: extension,
    };
  }
  if (recorded.type !== 'CloudEventPublished') return null;
  const { origin, by, event } = recorded.data as CloudEventPublished['data'];
  return {
    ...event,
    specversion: '1.0',
    time: event.time ?? occurredAt,
    datacontenttype: typeof event['datacontenttype'] === 'string' ? event['datacontenttype'] : 'application/json',
    kariorigin: origin,
    ...(by === undefined ? {} : { kariworkflow: by.workflow, karirun: by.run, karihops: by.hops ?? 0 }),
  };
}

/** What subscribers are told to be the event's key: what it is about, or itself. */
export function keyOf({ subject, id }: Pick<CloudEventPublished['data']['event'], 'subject' | 'id'>): string {
  return subject ?? id;
}

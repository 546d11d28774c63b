// Refusals of publishing and delivering events of extensions.
import type { CodeEntry } from './code.js';

export const automationCodes = {
  AUTOMATION_EVENT_NOT_DECLARED: {
    kind: 'denied',
    message: '{extension} may not publish {type}: {reason}.',
    next: 'Declare the type under events.publishes and permissions.events of its manifest, as {extension}.<name>.v<major>.',
  },
  AUTOMATION_EVENT_INVALID: {
    kind: 'invalid',
    message: 'The body of {type} breaks its schema at {pointer}: {reason}.',
    next: 'Publish what the schema in the manifest promises, or declare a new major version of the type.',
  },
  AUTOMATION_EVENT_TOO_LARGE: {
    kind: 'limit',
    message: 'The body of {type} takes {bytes} bytes; at most {limit} travel in one event.',
    next: 'Publish an id and keep the data in the key-value store.',
  },
  AUTOMATION_EVENT_ATTRIBUTE_INVALID: {
    kind: 'invalid',
    message: 'The event cannot be published: its {attribute} {reason}.',
    next: 'Give id, source and type, and further attributes as CloudEvents 1.0 has them.',
  },
  AUTOMATION_EVENT_TYPE_OWNED: {
    kind: 'denied',
    message: '{type} is a type of {owner}: nobody else may say that it happened.',
    next: 'Use a type of your own, such as com.example.order.placed.v1. A workflow that {owner} brings along may emit what it was granted.',
  },
  AUTOMATION_EVENT_ID_REUSED: {
    kind: 'conflict',
    message: 'Another event has the id {id} of {source} already.',
    next: 'Give each event an id of its own; repeat one only as it was.',
  },
  AUTOMATION_NOT_FOUND: {
    kind: 'missing',
    message: 'There is no automation named {name}.',
    next: 'Look at automations for those there are.',
  },
  AUTOMATION_EXPRESSION_INVALID: {
    kind: 'invalid',
    message: 'The automation {name} cannot be saved: its {place} is no jq that this platform takes: {reason}.',
    next: 'Correct the expression; it sees the CloudEvent, with what happened under .data.',
  },
  AUTOMATION_LOOP: {
    kind: 'limit',
    message: 'More than 16 runs have started each other by their events: nothing ends that by itself.',
    next: 'Give the automation a filter that the events of its own workflow do not pass.',
  },
  AUTOMATION_DELIVERY_NOT_PARKED: {
    kind: 'conflict',
    message: 'The delivery of event {event} to {subscriber} is not parked (it is {status}).',
    next: 'Look at parkedEvents for what waits for a decision.',
  },
} as const satisfies Record<string, CodeEntry>;

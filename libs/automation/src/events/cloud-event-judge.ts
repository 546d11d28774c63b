// Holds an event that no extension publishes against the rules of CloudEvents, and against the types that are an extension's own.
import { canonicalJson, NotJson, rejected } from '@kari/kernel';
import type { Installation, Installations } from '@kari/extension/contract';
import type { CloudEventCommand } from './cloud-event.commands.js';
import type { CloudEventJudge } from './cloud-event.decider.js';
import type { CloudEventPublished } from './cloud-event.events.js';
import { attributeFault, extensionOf, ownerOf } from './cloud-event.rules.js';
import { eventJudge } from './event-judge.js';
import { LARGEST_BODY } from './extension-event.rules.js';

export function cloudEventJudge(installations: Installations): CloudEventJudge {
  const bodies = eventJudge(installations);
  return (tenant, command) => {
    const { specversion: _always, ...event } = command.data.event;
    const fault = attributeFault(command.data.event);
    if (fault !== null) throw rejected('AUTOMATION_EVENT_ATTRIBUTE_INVALID', { ...fault });
    const { type, data } = event as CloudEventPublished['data']['event'];
    const bytes = sizeOf(type, event);
    if (bytes > LARGEST_BODY) throw rejected('AUTOMATION_EVENT_TOO_LARGE', { type, bytes, limit: LARGEST_BODY });

    const owner = ownerOf(
      type,
      installations.ofTenant(tenant).map(({ extension }) => extension),
    );
    if (owner !== null) {
      const installation = installations.find(tenant, owner);
      if (installation === null || !speaksFor(command, installation, type)) throw rejected('AUTOMATION_EVENT_TYPE_OWNED', { type, owner });
      bodies(tenant, { extension: owner, type, key: 'emitted', data: data ?? null });
    }
    return event as CloudEventPublished['data']['event'];
  };
}

/** A workflow that an extension brings along may emit what the extension itself may publish; nobody else may. */
function speaksFor(command: CloudEventCommand, { extension, grants }: Installation, type: string): boolean {
  if (command.type !== 'EmitEvent' || extensionOf(command.data.workflow) !== extension) return false;
  return grants.some(({ capability, state, scope }) => capability === 'events' && state === 'granted' && scope['publish'] === type);
}

function sizeOf(type: string, event: object): number {
  try {
    return Buffer.byteLength(canonicalJson(event));
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    throw rejected('AUTOMATION_EVENT_INVALID', { type, pointer: error.path || '/', reason: `it ${error.fault}` });
  }
}

// `events.publish`: an extension tells what happened. It is in the log before the call is answered.
import { derivedId, type CommandBus, type Ids, type RequestContext } from '@kari/kernel';
import type { BrokerCaller, Capability, CapabilityOperation } from '@kari/sandbox/contract';
import type { z } from 'zod';
import { publishExtensionEvent } from './extension-event.commands.js';

const publishRequest = publishExtensionEvent.omit({ extension: true });
type PublishRequest = z.infer<typeof publishRequest>;

export function eventsCapability(bus: CommandBus, ids: Ids): Capability {
  const publish: CapabilityOperation<PublishRequest> = {
    name: 'publish',
    schema: publishRequest,
    audit: 'denials',
    allows: (scopes, { type }) =>
      scopes.some((scope) => scope['publish'] === type) ? { allowed: true } : { allowed: false, why: `publishing ${type} is not granted` },
    perform: async (caller, request) => {
      const commandId = ids.next();
      await bus.send({ type: 'PublishExtensionEvent', data: { ...request, extension: caller.extension } }, contextOf(caller, commandId));
      // The kernel derives an event's id from its command's; this command has one event.
      return { id: derivedId(commandId, 0) };
    },
    subject: ({ type }) => `event:${type}`,
  };
  return { name: 'events', openToAll: false, operations: [publish] };
}

/** The extension acts in its own name, with this one right and no other. */
function contextOf(caller: BrokerCaller, commandId: string): RequestContext {
  const { tenant, extension, correlationId, traceparent } = caller;
  return {
    principal: { id: extension, kind: 'extension', may: (right, where) => right === 'event.publish' && where === tenant },
    tenant,
    correlationId,
    commandId,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

// The commands that publish what no extension tells, bound to what is installed.
import { derivedId, streamId, type StreamId } from '@kari/kernel';
import type { Installations } from '@kari/extension/contract';
import type { AnyCommandDefinition } from '@kari/platform/registry';
import { cloudEventJudge } from './cloud-event-judge.js';
import { emitEvent, sendEvent, type CloudEventCommand } from './cloud-event.commands.js';
import { cloudEventDecider } from './cloud-event.decider.js';

type DataOf<T extends CloudEventCommand['type']> = Extract<CloudEventCommand, { readonly type: T }>['data'];

const CATEGORY = 'automation.event';
const typeOf = ({ event }: { readonly event: Readonly<Record<string, unknown>> }): string => `event:${String(event['type']).slice(0, 150)}`;

/** What one run emits stands in one stream: so it is heard in order. */
export function emissionStream(run: string, tenant: string): StreamId {
  return streamId(CATEGORY, tenant, `workflow~${run}`);
}

export function cloudEventCommands(installations: Installations): readonly AnyCommandDefinition[] {
  const decider = cloudEventDecider(cloudEventJudge(installations));
  return [
    {
      type: 'SendEvent',
      schema: sendEvent,
      right: 'event.send',
      scope: 'tenant',
      stream: ({ event }: DataOf<'SendEvent'>, tenant) =>
        streamId(CATEGORY, tenant, `sent~${derivedId(String(event['source']), String(event['id']))}`),
      subject: typeOf,
      decider,
    },
    {
      type: 'EmitEvent',
      schema: emitEvent,
      right: 'event.emit',
      scope: 'tenant',
      stream: ({ run }: DataOf<'EmitEvent'>, tenant) => emissionStream(run, tenant),
      subject: typeOf,
      decider,
    },
  ];
}

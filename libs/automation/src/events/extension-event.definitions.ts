// The command that publishes, bound to what is installed.
import { streamId } from '@kari/kernel';
import type { Installations } from '@kari/extension/contract';
import type { AnyCommandDefinition } from '@kari/platform/registry';
import { eventJudge } from './event-judge.js';
import { publishExtensionEvent, type ExtensionEventCommand } from './extension-event.commands.js';
import { extensionEventDecider } from './extension-event.decider.js';

export function extensionEventCommands(installations: Installations): readonly AnyCommandDefinition[] {
  return [
    {
      type: 'PublishExtensionEvent',
      schema: publishExtensionEvent,
      right: 'event.publish',
      scope: 'tenant',
      stream: ({ extension, key }: ExtensionEventCommand['data'], tenant) => streamId('automation.event', tenant, `${extension}~${key}`),
      subject: ({ type }: ExtensionEventCommand['data']) => `event:${type}`,
      decider: extensionEventDecider(eventJudge(installations)),
    },
  ];
}

// Decides whether an extension's event is kept: it speaks for itself alone, in its declared words.
import { rejected, type Decider } from '@kari/kernel';
import type { ExtensionEventCommand } from './extension-event.commands.js';
import type { ExtensionEvent } from './extension-event.events.js';
import { belongsTo } from './extension-event.rules.js';

/** Throws `Rejection` when the body is not what the extension's manifest declares for that type. */
export type EventJudge = (tenant: string, event: ExtensionEventCommand['data']) => void;

/** How many events of this key there are; nothing is decided by it. */
export interface KeyState {
  readonly published: number;
}

export function extensionEventDecider(judge: EventJudge): Decider<ExtensionEventCommand, ExtensionEvent, KeyState> {
  return {
    decide({ data }, _state, { tenant, actor, actorKind }) {
      const { extension, type } = data;
      const refuse = (reason: string) => rejected('AUTOMATION_EVENT_NOT_DECLARED', { extension, type, reason });
      if (actorKind !== 'extension' || actor !== extension) throw refuse('only the extension itself publishes its events');
      if (!belongsTo(type, extension)) throw refuse(`its events are named ${extension}.<name>.v<major>`);
      judge(tenant, data);
      return [{ type: 'ExtensionEventPublished', data }];
    },
    evolve: (state) => ({ published: state.published + 1 }),
    initialState: { published: 0 },
  };
}

// Decides whether an event from outside, or one that a workflow emits, is kept. The first one under its name stands: told again it changes
// nothing, and another under that name is refused.
import { canonicalJson, rejected, type Decider } from '@kari/kernel';
import type { CloudEventCommand } from './cloud-event.commands.js';
import type { CloudEventPublished } from './cloud-event.events.js';

/** Throws `Rejection` when it may not be published; gives the event as it is kept. */
export type CloudEventJudge = (tenant: string, command: CloudEventCommand) => CloudEventPublished['data']['event'];

export interface SentState {
  /** Of a stream that is one sent event. */
  readonly sent: CloudEventPublished['data']['event'] | null;
}

export function cloudEventDecider(judge: CloudEventJudge): Decider<CloudEventCommand, CloudEventPublished, SentState> {
  return {
    decide(command, { sent }, { tenant, actorKind }) {
      const event = judge(tenant, command);
      if (command.type === 'EmitEvent') {
        const { run, workflow, task, hops } = command.data;
        if (actorKind !== 'system')
          throw rejected('AUTOMATION_EVENT_ATTRIBUTE_INVALID', { attribute: 'source', reason: 'only a run emits' });
        return [
          {
            type: 'CloudEventPublished',
            data: { origin: 'workflow', by: { workflow, run, task, ...(hops === undefined ? {} : { hops }) }, event },
          },
        ];
      }
      if (sent === null) return [{ type: 'CloudEventPublished', data: { origin: 'sent', event } }];
      if (canonicalJson(sent) !== canonicalJson(event))
        throw rejected('AUTOMATION_EVENT_ID_REUSED', { id: event.id, source: event.source });
      return [];
    },
    evolve: (_state, { data }) => ({ sent: data.origin === 'sent' ? data.event : null }),
    initialState: { sent: null },
  };
}

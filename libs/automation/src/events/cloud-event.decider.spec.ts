import { describe, it } from '@jest/globals';
import { rejected } from '@kari/kernel';
import { specify } from '@kari/kernel/testing';
import type { CloudEventCommand } from './cloud-event.commands.js';
import { cloudEventDecider } from './cloud-event.decider.js';

const { given } = specify(
  cloudEventDecider((_tenant, { data: { event } }) => {
    if (event['type'] === 'bad') throw rejected('AUTOMATION_EVENT_TYPE_OWNED', {});
    return event as never;
  }),
);
const event = { id: '1', source: 's', type: 't', data: 1 };
const send = (more = {}): CloudEventCommand => ({ type: 'SendEvent', data: { event: { ...event, ...more } } });
const by = { run: '00000000-0000-7000-8000-0000000000aa', workflow: 'w', task: '/do/0/e' };
const emit: CloudEventCommand = { type: 'EmitEvent', data: { ...by, event } };
const sent = { type: 'CloudEventPublished', data: { origin: 'sent', event } } as const;
const emitted = { type: 'CloudEventPublished', data: { origin: 'workflow', by, event } } as const;
const itself = { actor: 'system:workflow.engine', actorKind: 'system' } as const;

describe('an event that was sent in', () => {
  it('is kept once, and stands as it was', () => {
    given([]).when(send()).then([sent]);
    given([sent]).when(send()).thenNothing();
    given([sent])
      .when(send({ data: 2 }))
      .thenRejected('AUTOMATION_EVENT_ID_REUSED');
  });

  it('is held to the rules', () => {
    given([])
      .when(send({ type: 'bad' }))
      .thenRejected('AUTOMATION_EVENT_TYPE_OWNED');
  });
});

describe('an event that a workflow emits', () => {
  it('is kept, each one, also the same again: what was emitted already is known by its command', () => {
    given([]).when(emit, itself).then([emitted]);
    given([emitted]).when(emit, itself).then([emitted]);
  });

  it('is for the platform to tell', () => {
    given([]).when(emit).thenRejected('AUTOMATION_EVENT_ATTRIBUTE_INVALID');
  });
});

import { describe, it } from '@jest/globals';
import { rejected } from '@kari/kernel';
import { specify } from '@kari/kernel/testing';
import type { ExtensionEventCommand } from './extension-event.commands.js';
import { extensionEventDecider } from './extension-event.decider.js';

const extension = 'acme.notes';
const { given } = specify(
  extensionEventDecider((_tenant, { data }) => {
    if (data === 'bad') throw rejected('AUTOMATION_EVENT_INVALID', {});
  }),
);
const publish = (type: string, data: string = 'good'): ExtensionEventCommand => ({
  type: 'PublishExtensionEvent',
  data: { extension, type, key: 'k', data },
});
const itself = { actor: extension, actorKind: 'extension' } as const;
const published = { type: 'ExtensionEventPublished', data: publish('acme.notes.added.v1').data } as const;

describe('publishing an event', () => {
  it('keeps each one, also the same again', () => {
    given([]).when(publish('acme.notes.added.v1'), itself).then([published]);
    given([published]).when(publish('acme.notes.added.v1'), itself).then([published]);
  });

  it('S-09 is for the extension itself, in its own words', () => {
    given([]).when(publish('acme.notes.added.v1')).thenRejected('AUTOMATION_EVENT_NOT_DECLARED');
    given([])
      .when(publish('acme.notes.added.v1'), { actor: 'acme.other', actorKind: 'extension' })
      .thenRejected('AUTOMATION_EVENT_NOT_DECLARED');
    given([]).when(publish('acme.notes.added.v1'), { actor: extension, actorKind: 'user' }).thenRejected('AUTOMATION_EVENT_NOT_DECLARED');
    given([]).when(publish('acme.other.added.v1'), itself).thenRejected('AUTOMATION_EVENT_NOT_DECLARED');
    given([]).when(publish('acme.notesbook.added.v1'), itself).thenRejected('AUTOMATION_EVENT_NOT_DECLARED');
    given([]).when(publish('acme.notes.added'), itself).thenRejected('AUTOMATION_EVENT_NOT_DECLARED');
  });

  it('is held to the manifest', () => {
    given([]).when(publish('acme.notes.added.v1', 'bad'), itself).thenRejected('AUTOMATION_EVENT_INVALID');
  });
});

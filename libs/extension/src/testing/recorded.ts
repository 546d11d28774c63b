// Facts as the store hands them out, for specs of process managers and projections.
import { streamId, type DomainEvent, type RecordedEvent, type StreamId } from '@kari/kernel';
import { NOW, TENANT } from './stories.js';

export function recorded(
  event: DomainEvent,
  stream: StreamId = streamId('extension.installation', TENANT, 'acme.notes'),
  revision = 0,
): RecordedEvent {
  return {
    id: `${stream}#${revision}`,
    stream,
    revision: BigInt(revision),
    position: `${revision + 1}`,
    type: event.type,
    version: 1,
    data: event.data,
    meta: {
      tenant: TENANT,
      actor: 'someone',
      actorKind: 'user',
      commandId: `command-${revision}`,
      commandType: 'Some',
      correlationId: 'correlation',
      occurredAt: NOW,
    },
    recordedAt: NOW,
  };
}

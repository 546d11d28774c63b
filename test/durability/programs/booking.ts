// The one event of the kill campaigns.
import { streamId, type NewEvent, type StreamId } from '@kari/kernel';

export const TENANT = '00000000-0000-7000-8000-00000000000a';

export function ledgerStream(account: string): StreamId {
  return streamId('durability.ledger', TENANT, account);
}

export function booked(account: string, number: number, id: string): NewEvent {
  const meta = {
    tenant: TENANT,
    actor: 'campaign',
    actorKind: 'system',
    commandId: id,
    commandType: 'Book',
    correlationId: id,
    occurredAt: '2026-01-01T00:00:00.000Z',
  } as const;
  return { id, type: 'Booked', version: 1, data: { account, number }, meta };
}

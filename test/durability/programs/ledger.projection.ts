// The view that the kill campaigns fold: it counts and adds up, so that an event folded twice or not at all shows for ever.
import type { Projection } from '@kari/kernel';

export interface LedgerRow extends Record<string, unknown> {
  readonly tenant: string;
  readonly account: string;
  readonly entries: number;
  readonly sum: string;
  readonly digest: string;
}

export const ledgerProjection: Projection<LedgerRow> = {
  name: 'durability.ledger',
  version: 1,
  table: {
    name: 'durability.ledger',
    columns: { tenant: 'uuid', account: 'text', entries: 'integer', sum: 'bigint', digest: 'text' },
    key: ['tenant', 'account'],
    tenantColumn: 'tenant',
  },
  handles: ['Booked'],
  keyOf: (event) => [event.meta.tenant, (event.data as { account: string }).account],
  evolve: (row, event) => {
    const { account, number } = event.data as { account: string; number: number };
    return {
      tenant: event.meta.tenant,
      account,
      entries: (row?.entries ?? 0) + 1,
      sum: (BigInt(row?.sum ?? 0) + BigInt(number)).toString(),
      // Depends on the order, too.
      digest: ((BigInt(`0x${row?.digest ?? '0'}`) * 31n + BigInt(number)) & 0xffffffffffffn).toString(16),
    };
  },
};

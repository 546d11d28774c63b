// Tables over a real database: the manager, the store and the capability as the platform wires them. For specs.
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import type { TestDatabase } from '@kari/platform/database/testing';
import type { ManifestData } from '@kari/protocol/manifest';
import type { BrokerCaller } from '@kari/sandbox/contract';
import { ExtensionDataManager } from '../tables/extension-data-manager.js';
import { TableStore } from '../tables/table-store.js';
import { tablesCapability } from '../tables/tables.capability.js';
import { testKeys } from './data-room.js';

export interface Whose {
  readonly tenant: string;
  readonly extension: string;
  readonly version: string;
}

const forever = new AbortController().signal;

export function tableRoom(database: TestDatabase) {
  const keys = testKeys();
  const manager = new ExtensionDataManager(database.system, systemClock, systemTimers);
  const storeOf = (bytes: number) => new TableStore(database.rows, keys, systemClock, systemIds, bytes);
  return {
    manager,
    prepare: (whose: Whose, data: ManifestData | undefined, from: string | null = null) =>
      manager.prepare({ ...whose, data, from }, forever),
    /** As the broker asks it: the request through its schema, the caller from the process. */
    ask: (whose: Whose, operation: string, request: unknown, user: string | null = 'u', bytes = 268_435_456): Promise<unknown> => {
      const { schema, perform } = tablesCapability(storeOf(bytes)).operations.find(({ name }) => name === operation)!;
      const actor = user === null ? { id: whose.extension, kind: 'extension' } : { id: user, kind: 'user' };
      return perform({ ...whose, actor, deadlineMs: 60_000 } as unknown as BrokerCaller, schema.parse(request));
    },
  };
}
export type TableRoom = ReturnType<typeof tableRoom>;

// Wrapped keys in memory, for suites and simulation.
import type { KeyTable, WrappedKey } from './key-table.port.js';
import { placeOf } from './cipher.js';

export function memoryKeyTable(): KeyTable {
  const rows = new Map<string, WrappedKey>();
  return {
    find: (tenant, owner) => Promise.resolve(rows.get(placeOf(tenant, owner)) ?? null),
    insert: (key) => {
      const place = placeOf(key.tenant, key.owner);
      const present = rows.get(place) ?? key;
      rows.set(place, present);
      return Promise.resolve(present);
    },
    destroy: (tenant, owner) => {
      rows.set(placeOf(tenant, owner), { tenant, owner, wrapped: null, master: '' });
      return Promise.resolve();
    },
    notUnder: (master, limit) =>
      Promise.resolve([...rows.values()].filter((row) => row.wrapped !== null && row.master !== master).slice(0, limit)),
    replace: (old, wrapped, master) => {
      const place = placeOf(old.tenant, old.owner);
      const present = rows.get(place);
      if (present === undefined || present.wrapped === null || present.wrapped !== old.wrapped) return Promise.resolve(false);
      rows.set(place, { ...present, wrapped, master });
      return Promise.resolve(true);
    },
  };
}

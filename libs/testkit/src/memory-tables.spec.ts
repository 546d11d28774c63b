import { tablesSuite } from '../../../test/ports/tables.suite.js';
import { MemoryTables } from './memory-tables.js';

tablesSuite('in memory', () => {
  let ids = 0;
  const newId = () => `00000000-0000-7000-8000-${String((ids += 1)).padStart(12, '0')}`;
  return Promise.resolve({
    open: (data, bytes) => {
      const tables = new MemoryTables({
        extension: 'acme.notes',
        data,
        now: () => 1_769_860_800_000,
        newId,
        ...(bytes === undefined ? {} : { bytes }),
      });
      return Promise.resolve({
        ask: (operation, request, user) => new Promise((resolve) => resolve(tables.ask(operation, request, user))),
      });
    },
    end: () => Promise.resolve(),
  });
});

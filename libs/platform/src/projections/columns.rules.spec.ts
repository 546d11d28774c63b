import { describe, expect, it } from '@jest/globals';
import type { ProjectionTable } from '@kari/kernel';
import { columnsOf } from './columns.rules.js';

const table = (columns: ProjectionTable['columns']): ProjectionTable => ({
  name: 'tenancy.members',
  columns,
  key: ['id'],
  tenantColumn: null,
});

describe('the columns of a projection', () => {
  it('are taken apart in the order in which they were declared', () => {
    expect(columnsOf(table({ id: 'text', joined: 'timestamp', left: 'timestamp?' }))).toEqual([
      { name: 'id', kind: 'text', nullable: false },
      { name: 'joined', kind: 'timestamp', nullable: false },
      { name: 'left', kind: 'timestamp', nullable: true },
    ]);
  });

  it('are none when none are declared', () => {
    expect(columnsOf(table({}))).toEqual([]);
  });
});

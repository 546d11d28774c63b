import { describe, expect, it } from '@jest/globals';
import type { ProjectionTable } from '@kari/kernel';
import { createTable, shapeOf } from './table-definition.js';

const table: ProjectionTable = {
  name: 's.t',
  columns: { tenant: 'uuid', id: 'text', extra: 'json?' },
  key: ['tenant', 'id'],
  tenantColumn: 'tenant',
};

describe('the table of a projection', () => {
  it('is made with its key and its policies, wherever it is made', () => {
    const sql = createTable(table, 's.t_v2', 'g2');
    expect(sql).toContain('constraint "t_g2_key" primary key ("tenant", "id")');
    expect(sql).toContain('alter table "s"."t_v2" force row level security');
    expect(sql).toContain('create policy tenant_reads on "s"."t_v2"');
  });

  it('has a shape that changes with columns, key, tenant and indexes', () => {
    const shapes = [
      table,
      { ...table, columns: { ...table.columns, more: 'text?' as const } },
      { ...table, key: ['id', 'tenant'] },
      { ...table, tenantColumn: null },
      { ...table, indexes: [['id']] },
    ].map(shapeOf);
    expect(new Set(shapes).size).toBe(5);
  });

  it.each<[string, Partial<ProjectionTable>]>([
    ['name', { name: 's.t; drop table x' }],
    ['key', { key: [] }],
    ['column', { key: ['nothing'] }],
    ['tenant', { tenantColumn: 'extra' }],
    ['kind', { columns: { ...table.columns, odd: 'money' as 'text' } }],
    ['json key', { columns: { ...table.columns, extra: 'json' }, key: ['extra'] }],
  ])('is refused with a bad %s', (_, change) => {
    expect(() => createTable({ ...table, ...change }, 's.t', 'g1')).toThrow(TypeError);
  });
});

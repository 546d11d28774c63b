// The second wall between tenants, as SQL: used by every table that callers read, projections and migrations alike.
import { SYSTEM_ROLE, TENANT_ROLE } from './url.js';

/**
 * Forces row-level security on a table and lets callers read their tenant's rows; without a tenant set, none. `tenantColumn` null: rows
 * of the platform. `table` and the column are names written in code, never input.
 */
export function protect(table: string, tenantColumn: string | null): string {
  const owner = tenantColumn === null ? `'_'` : `${quoteName(tenantColumn)}::text`;
  const name = quoteTable(table);
  return `
    alter table ${name} enable row level security;
    alter table ${name} force row level security;
    create policy tenant_reads on ${name} for select to ${TENANT_ROLE} using (
      ${owner} = nullif(current_setting('kari.tenant', true), '') or current_setting('kari.platform', true) = 'on'
    );
    create policy system_works on ${name} for all to ${SYSTEM_ROLE} using (true) with check (true);
    grant select on ${name} to ${TENANT_ROLE};
    grant select, insert, update, delete on ${name} to ${SYSTEM_ROLE};
  `;
}

/**
 * For rows that callers write themselves: read, made, changed and removed under the tenant of the transaction alone, and where there is a
 * `userColumn`, by the user of the transaction alone. Nobody reads them as the platform.
 */
export function protectOwn(table: string, { tenantColumn, userColumn }: { tenantColumn: string; userColumn: string | null }): string {
  const name = quoteTable(table);
  const mine = [
    `${quoteName(tenantColumn)}::text = nullif(current_setting('kari.tenant', true), '')`,
    ...(userColumn === null ? [] : [`${quoteName(userColumn)} = nullif(current_setting('kari.user', true), '')`]),
  ].join(' and ');
  return `
    alter table ${name} enable row level security;
    alter table ${name} force row level security;
    create policy tenant_owns on ${name} for all to ${TENANT_ROLE} using (${mine}) with check (${mine});
    create policy system_works on ${name} for all to ${SYSTEM_ROLE} using (true) with check (true);
    grant select, insert, update, delete on ${name} to ${TENANT_ROLE};
  `;
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `extension.registry` → `"extension"."registry"`. */
export function quoteTable(table: string): string {
  return table.split('.').map(quoteName).join('.');
}

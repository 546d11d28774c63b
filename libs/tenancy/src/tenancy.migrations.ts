// Tables of this context that no projection makes.
import { protect } from '@kari/platform/database';
import type { MigrationSet } from '@kari/platform/registry';

const TOKEN_USE = `
create table tenancy.token_use (
  tenant text not null,
  token uuid not null,
  used_at timestamptz not null,
  primary key (tenant, token)
);
${protect('tenancy.token_use', 'tenant')}
`;

export const tenancyMigrations: MigrationSet = { context: 'tenancy', migrations: [{ name: '0001-token-use', sql: TOKEN_USE }] };

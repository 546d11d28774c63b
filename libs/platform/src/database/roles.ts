// The two roles the platform works with. They own nothing of the schema; the owner's rights stay with the migrations.
import { Client } from 'pg';
import { quoteName } from './row-security.js';
import { rolePassword, SYSTEM_ROLE, TENANT_ROLE, urlsOf, type PlatformRole } from './url.js';

export async function ensureRoles(client: Client, ownerUrl: string): Promise<void> {
  const urls = urlsOf(ownerUrl);
  await ensureRole(client, SYSTEM_ROLE, rolePassword(ownerUrl, SYSTEM_ROLE), urls.system);
  await ensureRole(client, TENANT_ROLE, rolePassword(ownerUrl, TENANT_ROLE), urls.tenant);
  // A convenience where it is allowed; where a managed server refuses it, the policy beside each tenant's does the same.
  await unlessRefused(client, `alter role ${SYSTEM_ROLE} bypassrls`);
  await unlessRefused(client, `alter role ${TENANT_ROLE} set statement_timeout = '30s'`);
  await unlessRefused(client, `alter role ${TENANT_ROLE} set idle_in_transaction_session_timeout = '60s'`);
}

/** After the migrations: what they made is the system's to use and closed to everybody else. */
export async function grantSchemas(client: Client, schemas: readonly string[]): Promise<void> {
  await closeDatabase(client, client.database ?? '');
  for (const schema of schemas.map(quoteName)) {
    await client.query(`
      create schema if not exists ${schema};
      revoke all on schema ${schema} from public;
      grant usage, create on schema ${schema} to ${SYSTEM_ROLE};
      grant usage on schema ${schema} to ${TENANT_ROLE};`);
    // Tables that the system made itself (views of projections) are its own already, and not ours to grant.
    await client.query(`
      do $$
      declare item record;
      begin
        for item in select c.oid::regclass as name, c.relkind, c.relrowsecurity
          from pg_class c join pg_roles r on r.oid = c.relowner
          where c.relnamespace = '${schema}'::regnamespace and r.rolname <> '${SYSTEM_ROLE}' and c.relkind in ('r', 'p', 'v', 'm', 'S')
        loop
          if item.relkind = 'S' then
            execute format('grant usage, select, update on sequence %s to ${SYSTEM_ROLE}', item.name);
          else
            execute format('grant select, insert, update, delete, truncate on %s to ${SYSTEM_ROLE}', item.name);
          end if;
          if item.relrowsecurity and not exists (select 1 from pg_policy where polrelid = item.name and polname = 'system_works') then
            execute format('create policy system_works on %s for all to ${SYSTEM_ROLE} using (true) with check (true)', item.name);
          end if;
        end loop;
        for item in select p.oid::regprocedure as name from pg_proc p
          where p.pronamespace = '${schema}'::regnamespace and p.proowner = (select oid from pg_roles where rolname = current_user)
        loop
          execute format('revoke all on routine %s from public', item.name);
          execute format('grant execute on routine %s to ${SYSTEM_ROLE}', item.name);
        end loop;
      end $$;`);
  }
}

/** To all but the platform's roles; temporary tables are nobody's. */
export async function closeDatabase(client: Client, database: string): Promise<void> {
  await unlessRefused(client, `revoke all on database ${quoteName(database)} from public`);
  await unlessRefused(client, `grant connect on database ${quoteName(database)} to ${SYSTEM_ROLE}, ${TENANT_ROLE}`);
}

async function ensureRole(client: Client, role: PlatformRole, password: string | null, url: string): Promise<void> {
  const found = await client.query('select 1 from pg_roles where rolname = $1', [role]);
  const secret = password === null ? '' : ` password ${client.escapeLiteral(password)}`;
  if (found.rowCount === 0) {
    // Roles belong to the whole server, the lock to one database: another database's start may be quicker.
    await client.query(`create role ${role} login${secret}`).catch((error: { code?: string }) => {
      if (error.code !== '42710' && error.code !== '23505') throw error as unknown as Error;
    });
  }
  if (!(await canLogIn(url))) await client.query(`alter role ${role} login${secret}`);
}

async function canLogIn(url: string): Promise<boolean> {
  const probe = new Client({ connectionString: url });
  probe.on('error', () => undefined);
  try {
    await probe.connect();
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    // Known and let in, but not into this database: the grants come later.
    if (code === '42501') return true;
    if (code === '28P01' || code === '28000') return false;
    throw error;
  } finally {
    await probe.end().catch(() => undefined);
  }
}

async function unlessRefused(client: Client, sql: string): Promise<void> {
  for (;;) {
    try {
      await client.query(sql);
      return;
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (code === '42501') return;
      // Two databases of one server are being prepared at the same moment.
      if (!message.includes('tuple concurrently updated')) throw error;
    }
  }
}

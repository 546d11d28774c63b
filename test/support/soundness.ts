// Asks PostgreSQL itself whether its files are sound: every table and every index, its own catalogue included. These are the checks that
// `pg_amcheck` runs; here the extension that comes with the server is called directly.
import { Client } from 'pg';

const TABLES = `
  select c.oid::regclass::text as name, found.blkno::text || ': ' || found.msg as damage
  from pg_class c, lateral verify_heapam(c.oid, check_toast => true) found
  where c.relkind in ('r', 'm', 't') and c.relpersistence = 'p'`;

/** Of each index: its order, that every row of its table is in it, and that unique means unique. */
const INDEXES = `
  select i.oid::regclass::text as name from pg_class i join pg_am a on a.oid = i.relam join pg_index x on x.indexrelid = i.oid
  where a.amname = 'btree' and i.relkind = 'i' and i.relpersistence = 'p' and x.indisvalid`;

/** What is damaged, in words; throws when the server keeps no checksums. */
export async function damageIn(ownerUrl: string): Promise<readonly string[]> {
  const client = new Client({ connectionString: ownerUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ data_checksums: string }>('show data_checksums');
    if (rows[0]?.data_checksums !== 'on') throw new Error('this cluster keeps no checksums of its pages');
    await client.query('set client_min_messages to warning; create extension if not exists amcheck');
    const tables = await client.query<{ name: string; damage: string }>(TABLES);
    const damage = tables.rows.map(({ name, damage: what }) => `${name} ${what}`);
    for (const { name } of (await client.query<{ name: string }>(INDEXES)).rows) {
      await client
        .query('select bt_index_check($1::regclass, heapallindexed => true, checkunique => true)', [name])
        .catch((error: Error) => damage.push(`${name} ${error.message}`));
    }
    return damage;
  } finally {
    await client.end();
  }
}

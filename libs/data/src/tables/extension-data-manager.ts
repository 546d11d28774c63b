// The tables of extensions: one database schema for each (tenant, extension), brought to what its versions declare, step by step and back.
// While a version is on trial the schema serves two layouts; what only the former one needs goes when the trial is over.
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, isoNow, rejected, TIMERS, type Clock, type Timers } from '@kari/kernel';
import { emptyLayout, own, planLayout, type Layout, type LayoutPlan } from '@kari/package/rules';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import type { ManifestData } from '@kari/protocol/manifest';
import type { PoolClient } from 'pg';
import type { ExtensionTables, TablePreview, TablesHeld, TableTarget } from '../contract.js';
import { after, inWords, stepsBetween, wanted, type Inventory, type Step } from './inventory.rules.js';
import { schemaOf } from './schema-name.js';
import { statementsOf } from './schema-statements.js';
import { problemOf, triedOut } from './table-trial.js';

interface Space {
  readonly schema: string;
  readonly inventory: Inventory;
  readonly layouts: Readonly<Record<string, Layout>>;
  readonly served: readonly string[];
  /** How it was before the version that is being prepared: what taking back restores. */
  readonly undo: Undo | null;
}

interface Undo {
  readonly version: string;
  readonly at: string;
  readonly layouts: Readonly<Record<string, Layout>>;
  readonly served: readonly string[];
}

export interface Owner {
  readonly tenant: string;
  readonly extension: string;
}

/** Milliseconds that a step waits for the calls that use its table. */
const PATIENCE_MS = 5_000;
const LOOK_MS = 100;

@Injectable()
export class ExtensionDataManager implements ExtensionTables {
  constructor(
    @Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMERS) private readonly timers: Timers,
  ) {}

  async prepare(target: TableTarget, signal: AbortSignal): Promise<string> {
    const { version, data } = target;
    await this.settled(target, signal);
    const changes = await this.locked(target, async (client, found) => {
      if (found === null && data === undefined) return null;
      await demandTenant(client, target.tenant);
      const space = found === null ? null : standing(found, target);
      const known = space === null ? null : own(space.layouts, version);
      if (space !== null && known !== null && space.served.at(-1) === version && isUnchanged(known, data)) {
        // Asked again after a kill, or an install over what a removal has kept.
        if (space.undo?.version !== version) await save(client, target, { ...space, undo: undoOf(space, version, this.clock) }, this.clock);
        return [];
      }
      const plan = demanded(target.extension, this.planFrom(space, target));
      const undo = space?.undo?.version === version ? space.undo : undoOf(space, version, this.clock);
      const next: Space = {
        schema: space?.schema ?? schemaOf(target),
        inventory: space?.inventory ?? {},
        ...serving(space, version, plan.layout),
        undo,
      };
      if (space === null) await client.query('select data.make_table_space($1)', [next.schema]);
      await save(client, target, next, this.clock);
      return plan.changes;
    });
    if (changes === null) return 'it keeps no tables';
    const done = await this.reconcile(target, version, { tolerant: false, signal });
    return done === 0
      ? 'its tables are as it needs them'
      : `its tables were brought to version ${data?.version ?? 'none'} in ${done} step(s)`;
  }

  async takeBack(target: Owner & { readonly version: string }): Promise<void> {
    const kept = await this.locked(target, async (client, space) => {
      if (space?.undo?.version !== target.version) return false;
      const { layouts, served } = space.undo;
      if (served.length === 0) {
        await remove(client, target, space.schema);
        return false;
      }
      await save(client, target, { ...space, layouts, served, undo: null }, this.clock);
      return true;
    });
    if (kept) await this.reconcile(target, target.version, { tolerant: true });
  }

  /** The version serves and can be gone back from: what was prepared for it stays. */
  async keep(target: Owner & { readonly version: string }): Promise<void> {
    await this.locked(target, async (client, space) => {
      if (space?.undo?.version === target.version) await save(client, target, { ...space, undo: null }, this.clock);
    });
  }

  /** The version is proven: what only older ones needed goes for good. */
  async settle(target: Owner & { readonly version: string }): Promise<void> {
    await this.locked(target, async (client, space) => {
      const place = space?.served.indexOf(target.version) ?? -1;
      if (space === null || place < 0) return;
      const older = new Set(space.served.slice(0, place));
      const left = (served: readonly string[]) => served.filter((version) => !older.has(version));
      const undo = space.undo === null || space.undo.version === target.version ? null : { ...space.undo, served: left(space.undo.served) };
      await save(client, target, { ...space, served: left(space.served), undo }, this.clock);
    });
    await this.reconcile(target, target.version, { tolerant: true });
  }

  /** Back to the version before: what only the newer one needed goes; a field that is gone for good comes back without values. */
  async goBack(target: Owner & { readonly from: string; readonly version: string }): Promise<void> {
    const { from, version } = target;
    await this.locked(target, async (client, space) => {
      if (space === null) return;
      const undo = space.undo === null || space.undo.version === from ? null : { ...space.undo, ...gone(space.undo, target) };
      await save(client, target, { ...space, ...gone(space, target), undo }, this.clock);
    });
    await this.reconcile(target, version, { tolerant: true });
  }

  async preview(target: TableTarget): Promise<TablePreview | null> {
    const { extension, version, data } = target;
    const found = await this.look(target);
    if (found === null && data === undefined) return null;
    const plan = this.planFrom(found, target);
    const { changes, problems } = plan;
    const held = (await this.held(target)) ?? { rows: 0, bytes: 0 };
    if (plan.layout === null || found === null || held.rows === 0) return { changes, problems, trial: 'not-needed', ...held };
    const space = standing(found, target);
    const steps = stepsBetween(space.inventory, needOf(serving(space, version, plan.layout)));
    const owner = { tenant: target.tenant, extension };
    const { trial, broken } = await triedOut(this.database, this.clock, { owner, lock: lockOf(owner), space, held, steps });
    return { changes, problems: broken.map((step) => problemOf(step, plan.layout)), trial, ...held };
  }

  async held({ tenant, extension }: Owner): Promise<TablesHeld | null> {
    const [row] = await this.database.query<{ rows: string; bytes: string }>(
      `select coalesce(sum(usage.rows), 0) as rows, coalesce(sum(usage.bytes), 0) as bytes
       from data.table_space space left join data.table_usage usage using (tenant, extension)
       where space.tenant = $1 and space.extension = $2 group by space.tenant`,
      [tenant, extension],
    );
    return row === undefined ? null : { rows: Number(row.rows), bytes: Number(row.bytes) };
  }

  /** The extension was removed: a version that was only being prepared by then is taken back. */
  async abandon(owner: Owner, removedAt: string): Promise<void> {
    const version = await this.locked(owner, (_, space) =>
      Promise.resolve(space?.undo !== undefined && space.undo !== null && space.undo.at < removedAt ? space.undo.version : null),
    );
    if (version !== null) await this.takeBack({ ...owner, version });
  }

  async forgetTenant(tenant: string): Promise<void> {
    await this.database.transaction(async (client) => {
      await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [tenantLockOf(tenant)]);
      await client.query('insert into data.forgotten_tenant (tenant) values ($1) on conflict do nothing', [tenant]);
    });
    const rows = await this.database.query<{ extension: string }>('select extension from data.table_space where tenant = $1', [tenant]);
    for (const { extension } of rows) {
      const owner = { tenant, extension };
      await this.locked(owner, async (client, space) => {
        if (space !== null) await remove(client, owner, space.schema);
      });
    }
    await this.database.query('delete from data.table_step where tenant = $1', [tenant]);
  }

  private async look({ tenant, extension }: Owner): Promise<Space | null> {
    const [row] = await this.database.query<SpaceRow>(`${SELECT} where tenant = $1 and extension = $2`, [tenant, extension]);
    return row === undefined ? null : spaceOf(row);
  }

  private planFrom(found: Space | null, { version, from, data }: TableTarget): LayoutPlan {
    if (found === null) return planLayout(emptyLayout, data);
    const space = standing(found, { version, from });
    const served = space.undo?.version === version ? space.undo.served : space.served;
    const base = (from === null ? null : own(space.layouts, from)) ?? own(space.layouts, served.at(-1) ?? '') ?? emptyLayout;
    return planLayout(base, data, Object.values(space.layouts));
  }

  /** An install waits until what came before it is known to the tables: whether the version they were prepared for came to serve. */
  private async settled({ tenant, extension, version, from }: TableTarget, signal: AbortSignal): Promise<void> {
    for (let waited = 0; from === null; waited += LOOK_MS) {
      const [row] = await this.database.query<{ preparing: string | null }>(
        `select undo ->> 'version' as preparing from data.table_space where tenant = $1 and extension = $2`,
        [tenant, extension],
      );
      if (row === undefined || row.preparing === null || row.preparing === version) return;
      if (waited >= PATIENCE_MS) throw rejected('DATA_TABLES_BUSY', { extension });
      await this.timers.sleep(LOOK_MS, signal);
    }
  }

  /** Each step and the note that it is done are one transaction, so that nobody who begins anew does it twice, here or elsewhere. */
  private async reconcile(
    owner: Owner,
    version: string,
    { tolerant, signal }: { readonly tolerant: boolean; readonly signal?: AbortSignal },
  ): Promise<number> {
    for (let done = 0, skipped: string[] = []; ; done += 1) {
      signal?.throwIfAborted();
      const step = await this.locked(owner, async (client, space) => {
        const next = space === null ? undefined : nextStep(space);
        if (space === null || next === undefined) return null;
        const skip = skipped.includes(inWords(next));
        if (!skip) await perform(client, owner, space.schema, next, tolerant && isRule(next));
        await save(client, owner, { ...space, inventory: after(space.inventory, next) }, this.clock);
        await client.query('insert into data.table_step (tenant, extension, version, step, done_at) values ($1, $2, $3, $4, $5)', [
          owner.tenant,
          owner.extension,
          version,
          `${skip ? 'left out: ' : ''}${inWords(next)}`,
          isoNow(this.clock),
        ]);
        return next;
      }).catch((error: unknown) => {
        // A rule that rows break which were written without it: it is left out on the way back, never the way back itself.
        if (!(error instanceof Unruly)) throw error;
        skipped = [...skipped, inWords(error.step)];
        done -= 1;
        return error.step;
      });
      if (step === null) return done;
    }
  }

  private locked<T>(owner: Owner, work: (client: PoolClient, space: Space | null) => Promise<T>): Promise<T> {
    return this.database.transaction(async (client) => {
      await client.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [lockOf(owner)]);
      const { rows } = await client.query<SpaceRow>(`${SELECT} where tenant = $1 and extension = $2`, [owner.tenant, owner.extension]);
      const [row] = rows;
      return work(client, row === undefined ? null : spaceOf(row));
    });
  }
}

interface SpaceRow {
  readonly schema: string;
  readonly inventory: Inventory;
  readonly layouts: Readonly<Record<string, Layout>>;
  readonly served: readonly string[];
  readonly undo: Undo | null;
}

const SELECT = 'select schema, inventory, layouts, served, undo from data.table_space';

function spaceOf({ schema, inventory, layouts, served, undo }: SpaceRow): Space {
  return { schema, inventory, layouts, served, undo };
}

function lockOf({ tenant, extension }: Owner): string {
  return `kari tables ${tenant} ${extension}`;
}

function tenantLockOf(tenant: string): string {
  return `kari tables of ${tenant}`;
}

/** Who comes after a tenant was forgotten makes nothing; who came before is waited for, and forgotten with it. */
async function demandTenant(client: PoolClient, tenant: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock_shared(hashtextextended($1, 0))', [tenantLockOf(tenant)]);
  const { rowCount } = await client.query('select 1 from data.forgotten_tenant where tenant = $1', [tenant]);
  if (rowCount !== 0) throw rejected('TENANCY_TENANT_DELETED', { tenant });
}

function nextStep(space: Space): Step | undefined {
  return stepsBetween(space.inventory, needOf(space))[0];
}

function needOf({ served, layouts }: Pick<Space, 'served' | 'layouts'>): Inventory {
  return wanted(served.map((version) => own(layouts, version)).filter((layout) => layout !== null));
}

/** That version beside those which are served already. */
function serving(space: Space | null, version: string, layout: Layout): Pick<Space, 'served' | 'layouts'> {
  return {
    layouts: { ...space?.layouts, [version]: layout },
    served: [...(space?.served ?? []).filter((one) => one !== version), version],
  };
}

function undoOf(space: Space | null, version: string, clock: Clock): Undo {
  return { version, at: isoNow(clock), layouts: space?.layouts ?? {}, served: space?.served ?? [] };
}

/** Without a version that was being prepared and is not wanted any more: neither it nor what it was prepared from is what comes now. */
function standing(space: Space, { version, from }: Pick<TableTarget, 'version' | 'from'>): Space {
  const { undo } = space;
  if (undo === null || undo.version === version || undo.version === from) return space;
  return { ...space, layouts: undo.layouts, served: undo.served, undo: null };
}

function gone({ layouts, served }: Pick<Space, 'layouts' | 'served'>, { from, version }: { from: string; version: string }) {
  return {
    layouts: Object.fromEntries(Object.entries({ [version]: emptyLayout, ...layouts }).filter(([one]) => one !== from)),
    served: [version, ...served.filter((one) => one !== from && one !== version)],
  };
}

function isUnchanged(layout: Layout, data: ManifestData | undefined): boolean {
  const { problems, changes } = planLayout(layout, data);
  return problems.length === 0 && changes.length === 0 && (data === undefined || data.version === layout.version);
}

function demanded(extension: string, plan: LayoutPlan): Extract<LayoutPlan, { layout: Layout }> {
  if (plan.layout !== null) return plan;
  const [{ code, pointer, reason, cure }] = plan.problems;
  throw rejected(code, { extension, pointer, reason, cure, problems: plan.problems });
}

async function save(client: PoolClient, { tenant, extension }: Owner, space: Space, clock: Clock): Promise<void> {
  await client.query(
    `insert into data.table_space (tenant, extension, schema, inventory, layouts, served, undo, changed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (tenant, extension) do update set inventory = excluded.inventory, layouts = excluded.layouts, served = excluded.served,
       undo = excluded.undo, changed_at = excluded.changed_at`,
    [
      tenant,
      extension,
      space.schema,
      JSON.stringify(space.inventory),
      JSON.stringify(space.layouts),
      space.served,
      space.undo === null ? null : JSON.stringify(space.undo),
      isoNow(clock),
    ],
  );
}

async function remove(client: PoolClient, { tenant, extension }: Owner, schema: string): Promise<void> {
  await client.query(`set local lock_timeout = ${PATIENCE_MS}`);
  await client.query('select data.drop_table_space($1)', [schema]);
  await client.query('delete from data.table_space where tenant = $1 and extension = $2', [tenant, extension]);
  await client.query('delete from data.table_usage where tenant = $1 and extension = $2', [tenant, extension]);
}

function isRule(step: Step): boolean {
  return step.do === 'add-reference' || (step.do === 'create-index' && step.index.unique);
}

class Unruly extends Error {
  constructor(readonly step: Step) {
    super(`rows break ${inWords(step)}`);
    this.name = 'Unruly';
  }
}

async function perform(client: PoolClient, { tenant, extension }: Owner, schema: string, step: Step, tolerant: boolean): Promise<void> {
  try {
    await client.query(`set local lock_timeout = ${PATIENCE_MS}`);
    await client.query(statementsOf(schema, step));
    if (step.do === 'drop-table')
      await client.query('delete from data.table_usage where tenant = $1 and extension = $2 and table_name = $3', [
        tenant,
        extension,
        step.table,
      ]);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === '55P03') throw rejected('DATA_TABLES_BUSY', { extension });
    if (code !== '23505' && code !== '23503') throw error;
    if (tolerant) throw new Unruly(step);
    const reason = code === '23505' ? 'rows that are there share a value' : 'rows that are there point to no row';
    throw rejected('DATA_MIGRATION_FAILED', { extension, step: inWords(step), reason });
  }
}

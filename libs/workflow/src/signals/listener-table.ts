// The rows of who waits for which events, found by what an event says.
import { Inject, Injectable } from '@nestjs/common';
import { derivedId } from '@kari/kernel';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import { indexed, type AwaitedFilter, type ListenerForm } from './listener.rules.js';

export interface Waiting {
  readonly run: string;
  readonly task: string;
  readonly filter: number;
  readonly wanted: AwaitedFilter;
}

interface Shape {
  readonly type: string;
  readonly shape: string;
  readonly form: ListenerForm;
}

/** Types under which an event is looked for: its own, and any. */
const typesOf = (type: string): readonly string[] => [type, ''];

/** A task's name may be longer than an index takes. */
function placeOf(task: string): string {
  return derivedId('listener-place', task);
}

@Injectable()
export class ListenerTable {
  constructor(@Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase) {}

  /** Repeating it changes nothing; waiting again for the same task begins anew. */
  async add(tenant: string, run: string, task: string, filters: readonly AwaitedFilter[], position: string): Promise<void> {
    const rows = filters.map((filter) => ({ ...indexed(filter), wanted: filter }));
    await this.database.query(
      `insert into workflow.listener (tenant, run, task, place, filter, type, shape, key, form, wanted, position)
       select $1, $2, $3, $10, nth - 1, type, shape, key, form::jsonb, wanted::jsonb, $9
       from unnest($4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::text[])
         with ordinality as given (type, shape, key, form, wanted, nth)
       on conflict (tenant, run, place, filter) do update
         set type = excluded.type, shape = excluded.shape, key = excluded.key, form = excluded.form, wanted = excluded.wanted,
           position = excluded.position
         where workflow.listener.position < excluded.position`,
      [
        tenant,
        run,
        task,
        rows.map(({ type }) => type),
        rows.map(({ shape }) => shape),
        rows.map(({ key }) => key),
        rows.map(({ form }) => JSON.stringify(form)),
        rows.map(({ wanted }) => JSON.stringify(wanted)),
        position,
        placeOf(task),
      ],
    );
  }

  /** `before`: a place in the log; what began to wait behind it stays. */
  async remove(tenant: string, run: string, task: string, before: string): Promise<void> {
    await this.database.query('delete from workflow.listener where tenant = $1 and run = $2 and place = $3 and position < $4', [
      tenant,
      run,
      placeOf(task),
      before,
    ]);
  }

  async forgetTenant(tenant: string): Promise<void> {
    await this.database.query('delete from workflow.listener where tenant = $1', [tenant]);
  }

  /** What is asked of events of that type, each form once: the index is skipped through, not read. */
  async shapes(tenant: string, type: string): Promise<readonly Shape[]> {
    return this.database.query<Shape>(
      `with recursive kinds as (
         select kind.type, (select shape::text from workflow.listener
           where tenant = $1 and type = kind.type order by shape limit 1) as shape
         from unnest($2::text[]) as kind (type)
         union all
         select kinds.type, (select shape::text from workflow.listener
           where tenant = $1 and type = kinds.type and shape > kinds.shape::uuid order by shape limit 1)
         from kinds where kinds.shape is not null
       )
       select kinds.type, kinds.shape,
         (select form from workflow.listener where tenant = $1 and type = kinds.type and shape = kinds.shape::uuid limit 1) as form
       from kinds where kinds.shape is not null`,
      [tenant, typesOf(type)],
    );
  }

  /** Those that wait for just this and began before that place in the log; a page behind the last one seen. */
  async waiting(
    tenant: string,
    { type, shape }: Pick<Shape, 'type' | 'shape'>,
    key: string,
    { before, behind, limit }: { readonly before: string; readonly behind: Waiting | null; readonly limit: number },
  ): Promise<readonly Waiting[]> {
    return this.database.query<Waiting>(
      `select run, task, filter, wanted from workflow.listener
       where tenant = $1 and type = $2 and shape = $3 and key = $4 and position < $5
         and ($6::uuid is null or (run, place, filter) > ($6::uuid, $7::uuid, $8::integer))
       order by run, place, filter limit $9`,
      [tenant, type, shape, key, before, behind?.run ?? null, behind === null ? null : placeOf(behind.task), behind?.filter ?? null, limit],
    );
  }
}

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { sizeOf } from '../../../../test/support/size.js';
import { ListenerTable, type Waiting } from './listener-table.js';
import { indexed, keyFor, type AwaitedFilter } from './listener.rules.js';
import { workflowMigrations } from './signal.migrations.js';
import { SignalQueue } from './signal-queue.js';

const A = '00000000-0000-7000-8000-00000000000a';
const B = '00000000-0000-7000-8000-00000000000b';
const RUN = '00000000-0000-7000-8000-0000000000aa';
const order = (id: unknown): AwaitedFilter => ({ with: { type: 'shop.paid' }, correlate: { order: { from: '.data.order', expect: id } } });
const plain: AwaitedFilter = { with: { type: 'shop.paid' } };
const { shape: ORDERS, form } = indexed(order(0));

let database: TestDatabase;
let table: ListenerTable;
let queue: SignalQueue;
beforeAll(async () => {
  database = await testDatabase({ migrations: [workflowMigrations] });
  table = new ListenerTable(database.system);
  queue = new SignalQueue(database.system);
}, 60_000);
afterAll(() => database.drop());
beforeEach(async () => {
  await database.system.query('truncate workflow.listener, workflow.signal');
});

const waitingFor = async (id: unknown, { tenant = A, before = '1000', limit = 100, behind = null as Waiting | null } = {}) =>
  table.waiting(tenant, { type: 'shop.paid', shape: ORDERS }, keyFor(form, { type: 'shop.paid' }, [id])!, { before, behind, limit });

describe('who waits', () => {
  it('is found by what an event says, in its own tenant, if it began before', async () => {
    await table.add(A, RUN, '/do/0/l', [order(7), plain], '10');
    await table.add(B, RUN, '/do/0/l', [order(7)], '10');
    expect(await waitingFor(7)).toEqual([{ run: RUN, task: '/do/0/l', filter: 0, wanted: order(7) }]);
    expect(await waitingFor(8)).toEqual([]);
    expect(await waitingFor(7, { before: '10' })).toEqual([]);
    await table.add(A, RUN, `/do/0/${'é€'.repeat(500)}`, [order('long')], '10');
    expect(await waitingFor('long')).toHaveLength(1);
    expect((await table.shapes(A, 'shop.paid')).map(({ shape }) => shape).sort()).toEqual([ORDERS, indexed(plain).shape].sort());
    expect(await table.shapes(B, 'shop.paid')).toEqual([
      { type: 'shop.paid', shape: ORDERS, form: JSON.parse(JSON.stringify(form)) as unknown },
    ]);
    expect(await table.shapes(A, 'other')).toEqual([]);
  });

  it('with no type is asked of every event', async () => {
    await table.add(A, RUN, '/do/0/l', [{ with: { subject: 's' } }], '10');
    expect(await table.shapes(A, 'whatever')).toMatchObject([{ type: '' }]);
  });

  it('is told again without being there twice, begins anew behind a later place, and goes with its end', async () => {
    await table.add(A, RUN, '/do/0/l', [order(7)], '10');
    await table.add(A, RUN, '/do/0/l', [order(7)], '10');
    await table.add(A, RUN, '/do/0/l', [order(8)], '30');
    await table.add(A, RUN, '/do/0/l', [order(7)], '10');
    expect([await waitingFor(7), (await waitingFor(8)).length]).toEqual([[], 1]);
    await table.remove(A, RUN, '/do/0/l', '20');
    expect(await waitingFor(8)).toHaveLength(1);
    await table.remove(A, RUN, '/do/0/l', '40');
    expect(await waitingFor(8)).toEqual([]);
  });

  it('is read in pages', async () => {
    for (let task = 0; task < 5; task += 1) await table.add(A, RUN, `/do/${task}/l`, [order(7)], '10');
    const first = await waitingFor(7, { limit: 3 });
    const second = await waitingFor(7, { limit: 3, behind: first.at(-1)! });
    expect([...first, ...second].map(({ task }) => task).sort()).toEqual(['/do/0/l', '/do/1/l', '/do/2/l', '/do/3/l', '/do/4/l']);
  });

  it('is found among many without a look at the others', async () => {
    const many = sizeOf('W-10 listeners', { t1: 10_000, t2: 100_000, t3: 1_000_000 });
    const { type, shape, key, form: asked } = indexed(order('many'));
    await database.system.query(
      `insert into workflow.listener select $1, gen_random_uuid(), '/do/0/l', gen_random_uuid(), 0, $2, $3, gen_random_uuid(), $4, '{}', 10 from generate_series(1, $5)`,
      [A, type, shape, JSON.stringify(asked), many],
    );
    await table.add(A, RUN, '/do/0/l', [order(7), plain], '10');
    await database.system.query('analyze workflow.listener');
    expect(await waitingFor(7)).toHaveLength(1);
    expect(await table.shapes(A, 'shop.paid')).toHaveLength(2);
    const plan = await database.system.query<{ 'QUERY PLAN': string }>(
      `explain (analyze, format text) select run from workflow.listener
       where tenant = '${A}' and type = '${type}' and shape = '${shape}' and key = '${key}' and position < 1000`,
    );
    const text = plan.map((row) => row['QUERY PLAN']).join('\n');
    expect(text).toContain('listener_index');
    expect(text).not.toContain('Rows Removed by Filter');
  });
});

describe('a queued event', () => {
  const signal = (position: string, tenant = A, type = 'shop.paid') => ({
    tenant,
    id: `00000000-0000-7000-8000-${position.padStart(12, '0')}`,
    position,
    correlationId: 'c',
    document: { type },
  });

  it('is kept only where somebody waits for its type, once, and each tenant has its own in order', async () => {
    expect(await queue.add(signal('20'))).toBe(false);
    await table.add(A, RUN, '/do/0/l', [plain], '10');
    expect([await queue.add(signal('22')), await queue.add(signal('21')), await queue.add(signal('21'))]).toEqual([true, true, false]);
    expect([await queue.add(signal('23', B)), await queue.add(signal('24', A, 'other'))]).toEqual([false, false]);
    expect(await queue.tenants()).toEqual([A]);
    const oldest = await queue.oldest(A);
    expect(oldest).toEqual(signal('21'));
    await queue.remove(oldest!);
    expect((await queue.oldest(A))?.position).toBe('22');
    expect(await queue.oldest(B)).toBeNull();
  });

  it('is kept for who takes every type', async () => {
    await table.add(B, RUN, '/do/0/l', [{ with: {} }], '10');
    expect(await queue.add(signal('20', B, 'anything'))).toBe(true);
  });
});

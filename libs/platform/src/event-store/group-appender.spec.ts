import { describe, expect, it } from '@jest/globals';
import { encodeItem, Unavailable, type AppendResult, type EncodedItem, type StreamId } from '@kari/kernel';
import { manualClock, seededIds } from '@kari/kernel/testing';
import { GroupAppender, type GroupAppenderOptions } from './group-appender.js';

const ids = seededIds(1);
const meta = {
  tenant: '_',
  actor: 'a',
  actorKind: 'system',
  commandId: 'c',
  commandType: 'T',
  correlationId: 'r',
  occurredAt: '',
} as const;

function anItem(stream = ids.next(), body: unknown = {}, id = ids.next()): EncodedItem {
  return encodeItem({
    stream: `test.note-_~${stream}` as StreamId,
    expected: 'any',
    events: [{ id, type: 'T', version: 1, data: body, meta }],
  });
}

const done: AppendResult = { ok: true, revision: 0n, position: '1', repeated: false };

/** An appender whose groups are answered by the test. */
function appender(options: Partial<GroupAppenderOptions> = {}): {
  appender: GroupAppender;
  groups: { items: readonly EncodedItem[]; answer(): void; fail(error: unknown): void }[];
  clock: ReturnType<typeof manualClock>;
} {
  const clock = manualClock();
  const groups: { items: readonly EncodedItem[]; answer(): void; fail(error: unknown): void }[] = [];
  const send = (items: readonly EncodedItem[]): Promise<readonly AppendResult[]> =>
    new Promise((resolve, reject) => {
      groups.push({ items, answer: () => resolve(items.map(() => done)), fail: reject });
    });
  return { appender: new GroupAppender({ send, timers: clock, ...options }), groups, clock };
}

const broken = (): Error => Object.assign(new Error('server closed the connection'), { code: '57P01' });
const sizes = (groups: readonly { items: readonly EncodedItem[] }[]): number[] => groups.map(({ items }) => items.length);

describe('the group appender', () => {
  it('(D-01) acknowledges nothing before the group is durable', async () => {
    const { appender: own, groups, clock } = appender();
    let acknowledged = false;
    const append = own.append([anItem()]).then(() => (acknowledged = true));
    await clock.advance(50);
    expect([groups.length, acknowledged]).toEqual([1, false]);
    groups[0]?.answer();
    await append;
    expect(acknowledged).toBe(true);
  });

  it('lets callers of the same moment share a group', async () => {
    const { appender: own, groups, clock } = appender();
    const appends = Promise.all([own.append([anItem()]), own.append([anItem(), anItem()]), own.append([anItem()])]);
    await clock.advance(0);
    expect(sizes(groups)).toEqual([4]);
    groups[0]?.answer();
    expect((await appends).map((results) => results.length)).toEqual([1, 2, 1]);
  });

  it('closes a group at its count, and at its length', async () => {
    const { appender: own, groups, clock } = appender({ maxItems: 3, maxLength: 10_000, maxGroups: 9 });
    void own.append(Array.from({ length: 7 }, () => anItem()));
    await clock.advance(5);
    expect(sizes(groups)).toEqual([3, 3, 1]);
    void own.append([anItem(ids.next(), 'x'.repeat(6_000)), anItem(ids.next(), 'x'.repeat(6_000)), anItem(ids.next(), 'x'.repeat(60_000))]);
    await clock.advance(5);
    expect(sizes(groups)).toEqual([3, 3, 1, 1, 1, 1]);
  });

  it('grows the next group while one is on its way, and uses a second connection after a short wait', async () => {
    const { appender: own, groups, clock } = appender();
    void own.append([anItem()]);
    await clock.advance(0);
    void own.append([anItem()]);
    void own.append([anItem()]);
    await clock.advance(0);
    expect(sizes(groups)).toEqual([1]);
    await clock.advance(1);
    expect(sizes(groups)).toEqual([1, 2]);
    void own.append([anItem()]);
    await clock.advance(100);
    expect(sizes(groups)).toEqual([1, 2]);
    groups[0]?.answer();
    await clock.advance(1);
    expect(sizes(groups)).toEqual([1, 2, 1]);
  });

  it('never lets two groups on their way share a stream or an event id', async () => {
    const { appender: own, groups, clock } = appender();
    const [first, second] = [anItem('same'), anItem('same')];
    const id = ids.next();
    void own.append([first]);
    await clock.advance(0);
    void own.append([second]);
    await clock.advance(10);
    expect(groups.map(({ items }) => items)).toEqual([[first]]);
    groups[0]?.answer();
    await clock.advance(10);
    groups[1]?.answer();
    await clock.advance(10);
    void own.append([anItem('one', {}, id), anItem('two', {}, id)]);
    await clock.advance(10);
    expect(sizes(groups)).toEqual([1, 1, 1]);
    groups[2]?.answer();
    await clock.advance(10);
    expect(sizes(groups)).toEqual([1, 1, 1, 1]);
  });

  it('sends the same group again when the connection broke', async () => {
    const { appender: own, groups, clock } = appender();
    const item = anItem();
    const append = own.append([item]);
    await clock.advance(0);
    groups[0]?.fail(broken());
    await clock.advance(25);
    expect(groups.map(({ items }) => items)).toEqual([[item], [item]]);
    groups[1]?.answer();
    expect(await append).toEqual([done]);
  });

  it('says within two seconds that the store is away, to those who wait behind as well, and serves again afterwards', async () => {
    const { appender: own, groups, clock } = appender({ maxGroups: 1 });
    const [first, behind] = [own.append([anItem()]), own.append([anItem('a'), anItem('b')])];
    const refused = Promise.allSettled([first, behind]);
    for (let time = 0; time < 2_000; time += 25) {
      groups.at(-1)?.fail(broken());
      await clock.advance(25);
    }
    for (const result of await refused) {
      expect(result.status === 'rejected' && result.reason instanceof Unavailable && result.reason.retryable).toBe(true);
    }
    const again = own.append([anItem()]);
    await clock.advance(1);
    groups.at(-1)?.answer();
    expect(await again).toEqual([done]);
  });

  it('finds the one item that upsets the statement, and writes its neighbours', async () => {
    const bad = anItem('bad');
    const clock = manualClock();
    const own = new GroupAppender({
      timers: clock,
      send: (items) =>
        items.includes(bad)
          ? Promise.reject(Object.assign(new Error('bad value'), { code: '22021', severity: 'ERROR' }))
          : Promise.resolve(items.map(() => done)),
    });
    const [good, refused, fine] = await Promise.allSettled([own.append([anItem()]), own.append([bad]), own.append([anItem()])]);
    expect([good?.status, fine?.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(refused).toMatchObject({ status: 'rejected', reason: { name: 'Unavailable', retryable: false } });
  });

  it('refuses callers when too many wait (W-08)', async () => {
    const { appender: own, clock } = appender({ maxQueued: 10, maxGroups: 1 });
    void own.append([anItem()]);
    await clock.advance(1);
    void own.append(Array.from({ length: 10 }, () => anItem()));
    await expect(own.append([anItem()])).rejects.toMatchObject({ name: 'Unavailable', retryable: true });
  });

  it('closes after what it accepted, and accepts nothing more', async () => {
    const { appender: own, groups, clock } = appender();
    const append = own.append([anItem()]);
    let closed = false;
    const closing = own.close().then(() => (closed = true));
    await expect(own.append([anItem()])).rejects.toBeInstanceOf(Unavailable);
    await clock.advance(1);
    expect(closed).toBe(false);
    groups[0]?.answer();
    await Promise.all([append, closing]);
    expect(closed).toBe(true);
    await own.close();
  });
});

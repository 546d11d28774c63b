// What is in hand when a sandbox dies, when the server is told to stop, and when it is killed: every call has an answer, a typed error or a cut
// connection, every event comes again, nothing is done twice, and nobody is left running.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../../support/client.js';
import { lives, startExtensionWorld, type ExtensionWorld, type TenantDesk } from '../../support/extension-world.js';
import { reportCounts } from '../../support/record.js';
import { patienceFor, sizeOf } from '../../support/size.js';

const STOPS = sizeOf('W-06', { t1: 1, t2: 20, t3: 200 });

let world: ExtensionWorld;
let first: { readonly a: TenantDesk; readonly b: TenantDesk };
/** The tenants at the server that runs now. */
const a = (): TenantDesk => first.a.at(world);
const b = (): TenantDesk => first.b.at(world);

beforeAll(async () => {
  world = await startExtensionWorld();
  first = { a: await world.tenant('tenant-a'), b: await world.tenant('tenant-b') };
  for (const desk of [first.a, first.b]) await desk.install('fixture.teller', 'fixture.hearer', 'fixture.lingering');
}, 120_000);

afterAll(() => world?.stop());

interface Effects {
  readonly effects: readonly string[];
  readonly begun: readonly string[];
  readonly heard: readonly string[];
}
const effects = (desk: TenantDesk): Promise<Effects> => desk.call('linger.effects', {});
const tell = async (desk: TenantDesk, key: string, ...texts: readonly string[]): Promise<readonly string[]> =>
  (await desk.call<{ ids: string[] }>('tell.all', { key, texts })).ids;
const heard = async (desk: TenantDesk, key: string): Promise<readonly string[]> =>
  (await desk.call<{ texts: string[] }>('hear.all', { key })).texts;
const pids = async (desk: TenantDesk): Promise<readonly number[]> => {
  const { sandboxes } = await desk.caller.data<{ sandboxes: { nodes: { pid: number | null }[] } }>(
    '{ sandboxes(first: 50) { nodes { pid } } }',
  );
  return sandboxes.nodes.flatMap(({ pid }) => (pid === null ? [] : [pid]));
};
/** How a call ended: its answer, the stable code of its refusal, or that the connection was cut. */
const endOf = async (desk: TenantDesk, plugin: string, input: object, options: object = {}): Promise<string> => {
  try {
    const { errors } = await desk.ask(plugin, input, { ...options });
    return errors[0]?.extensions.code ?? 'answered';
  } catch {
    return 'cut';
  }
};
it('a sandbox that dies takes no call with it that is not answered with a typed error, and nobody else notices', async () => {
  const inHand = Array.from({ length: 30 }, () => endOf(a(), 'linger.wait', { milliseconds: 9_000 }));
  await eventually(
    () => a().call<{ waiting: number }>('linger.waiting', {}),
    ({ waiting }) => waiting === inHand.length,
  );
  const neighbours = Array.from({ length: 5 }, () => endOf(b(), 'linger.wait', { milliseconds: 1_500 }));
  const deaths = await endOf(a(), 'linger.die', {});
  expect(await Promise.all(inHand)).toEqual(inHand.map(() => 'SANDBOX_CRASHED'));
  expect([deaths, ...(await Promise.all(neighbours))]).toEqual(['SANDBOX_CRASHED', ...neighbours.map(() => 'answered')]);
  expect(
    await eventually(
      () => endOf(a(), 'linger.wait', { milliseconds: 0 }),
      (end) => end === 'answered',
    ),
  ).toBe('answered');
}, 60_000);

it('a server that is killed cuts its connections; the repeat of a call does nothing twice, and its events come again', async () => {
  const record = { idempotencyKey: 'the-one-effect' };
  const before = await pids(a());
  const inHand = [endOf(a(), 'linger.record', { milliseconds: 30_000 }, record), endOf(b(), 'linger.wait', { milliseconds: 30_000 })];
  await tell(a(), 'in-hand', 'slow one', 'after it');
  await eventually(
    () => effects(a()),
    (seen) => seen.begun.includes('slow one') && seen.effects.length === 1,
  );
  const running = [...before, ...(await pids(a())), ...(await pids(b()))];
  await world.restart('SIGKILL');
  expect(await Promise.all(inHand)).toEqual(['cut', 'cut']);
  expect(running.filter(lives)).toEqual([]);

  const repeated = await a().call<{ effects: string[] }>('linger.record', { milliseconds: 0 }, record);
  expect(repeated.effects).toEqual((await effects(a())).effects);
  expect(repeated.effects).toHaveLength(1);
  const { heard: all } = await eventually(
    () => effects(a()),
    (seen) => seen.heard.includes('after it'),
    45_000,
  );
  // At least once, and never something before its time.
  expect([...new Set(all)]).toEqual(['slow one', 'after it']);
  expect((await effects(b())).heard).toEqual([]);
}, 150_000);

it(
  'W-06 a server that is told to stop answers everyone in hand, within ten seconds, and leaves nothing running',
  async () => {
    const slowest = { milliseconds: 0 };
    const ends = new Map<string, number>();
    for (let stop = 1; stop <= STOPS; stop += 1) {
      await Promise.all([effects(a()), effects(b())]);
      const short = Array.from({ length: 10 }, () => endOf(a(), 'linger.wait', { milliseconds: 2_500 }));
      const long = Array.from({ length: 10 }, () => endOf(b(), 'linger.wait', { milliseconds: 9_500 }));
      await tell(b(), 'in-hand', `slow stop ${stop}`);
      await eventually(
        () => effects(b()),
        (seen) => seen.begun.includes(`slow stop ${stop}`),
      );
      const running = [...(await pids(a())), ...(await pids(b()))];
      const stopped = world.restart('SIGTERM');
      const shortEnds = await Promise.all(short);
      const longEnds = await Promise.all(long);
      const { code, milliseconds } = await stopped;
      for (const end of [...shortEnds, ...longEnds]) ends.set(end, (ends.get(end) ?? 0) + 1);
      slowest.milliseconds = Math.max(slowest.milliseconds, Math.round(milliseconds));
      expect(code).toBe(0);
      expect(milliseconds).toBeLessThan(10_000);
      for (const end of shortEnds) expect(['answered', 'SANDBOX_STOPPED', 'SANDBOX_HOST_STOPPING']).toContain(end);
      // They want more than a stop may take.
      expect(longEnds).toEqual(long.map(() => 'SANDBOX_STOPPED'));
      expect(running.filter(lives)).toEqual([]);
      // What was in hand is delivered by the next server, and counts for nothing.
      await eventually(
        () => effects(b()),
        (seen) => seen.heard.includes(`slow stop ${stop}`),
        45_000,
      );
    }
    reportCounts('W-06', { stops: STOPS, slowestMs: slowest.milliseconds, ...Object.fromEntries(ends) });
  },
  patienceFor(150_000),
);

it('a poisonous event is parked after three crashes though the server was killed in between; other keys and tenants go on', async () => {
  await a().caller.data('mutation ($input: SetConfigurationInput!) { setConfiguration(input: $input) { revision } }', {
    input: { extension: 'fixture.hearer', values: { deadlyWord: 'boo' } },
  });
  const delivery = async (event: string): Promise<{ state: string; crashes: number }> => {
    const { eventDeliveries } = await a().caller.data<{
      eventDeliveries: { nodes: { subscriber: string; state: string; crashes: number }[] };
    }>('query ($event: ID!) { eventDeliveries(event: $event) { nodes { subscriber state crashes } } }', { event });
    return eventDeliveries.nodes.find(({ subscriber }) => subscriber === 'fixture.hearer') ?? { state: 'NONE', crashes: 0 };
  };
  const [deadly = ''] = await tell(a(), 'deadly', 'boo', 'after it');
  await eventually(
    () => delivery(deadly),
    ({ crashes }) => crashes >= 1,
    45_000,
  );
  await world.restart('SIGKILL');
  await Promise.all([tell(a(), 'lively', 'hello'), tell(b(), 'deadly', 'boo')]);
  expect(
    await eventually(
      () => delivery(deadly),
      ({ state }) => state === 'PARKED',
      60_000,
    ),
  ).toEqual({ subscriber: 'fixture.hearer', state: 'PARKED', crashes: 3 });
  await eventually(
    () => heard(a(), 'lively').catch((): readonly string[] => []),
    (texts) => texts.includes('hello'),
    45_000,
  );
  await eventually(
    () => heard(b(), 'deadly'),
    (texts) => texts.includes('boo'),
  );
  expect(await heard(a(), 'deadly')).toEqual([]);

  await a().caller.data('mutation ($input: SetConfigurationInput!) { setConfiguration(input: $input) { revision } }', {
    input: { extension: 'fixture.hearer', values: { deadlyWord: '' } },
  });
  await a().caller.data('mutation ($event: ID!) { retryParkedEvent(event: $event, subscriber: "fixture.hearer") { status } }', {
    event: deadly,
  });
  expect([
    ...new Set(
      await eventually(
        () => heard(a(), 'deadly').catch((): readonly string[] => []),
        (texts) => texts.includes('after it'),
      ),
    ),
  ]).toEqual(['boo', 'after it']);
}, 180_000);

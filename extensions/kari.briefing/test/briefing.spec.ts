import { afterEach, describe, expect, it } from '@jest/globals';
import { KariError } from '@kari/sdk';
import { testHost, type HttpStub, type PluginStub, type TestHost } from '@kari/testkit';
import { start as startCore } from '../../kari.core/src/index.js';
import { start as startHello } from '../../kari.hello/src/index.js';
import { start } from '../src/index.js';

const folder = new URL('..', import.meta.url);
const away: PluginStub = () => {
  throw new KariError('UNAVAILABLE', 'not installed');
};
const weather: HttpStub = () => ({ json: { current: { temperature_2m: -4.5 } } });

let open: TestHost[] = [];
afterEach(async () => {
  await Promise.all(open.map((host) => host.close()));
  open = [];
});

/** The three extensions together: each call goes to the real plugin, through its own contract. */
async function together({ http = weather, without = [] as readonly string[], config = {} } = {}): Promise<TestHost> {
  const core = await testHost(
    { folder: new URL('../../kari.core/', import.meta.url), start: startCore },
    { http, now: '2026-01-15T22:30:00Z' },
  );
  const hello = await testHost({ folder: new URL('../../kari.hello/', import.meta.url), start: startHello });
  const plugins: Record<string, PluginStub> = {
    'time.now': (input) => core.call('time.now', input),
    'http.request': (input) => core.call('http.request', input),
    'text.template': (input) => core.call('text.template', input),
    'kari.hello/greeting.say': (input) => hello.call('greeting.say', input),
    ...Object.fromEntries(without.map((name) => [name, away])),
  };
  const briefing = await testHost({ folder, start }, { plugins, config: { zone: 'Europe/Helsinki', ...config } });
  open.push(core, hello, briefing);
  return briefing;
}

describe('briefing.write', () => {
  it('puts together what two other extensions know', async () => {
    const host = await together();
    expect(await host.call('briefing.write', { reader: 'Ada' })).toEqual({
      text: 'Hello, Ada! Today is friday, 2026-01-16. It is -4.5 °C outside.',
      date: '2026-01-16',
      again: false,
      missing: [],
    });
  });

  it('does without a greeting and without weather, and says so', async () => {
    const host = await together({ without: ['kari.hello/greeting.say', 'http.request'] });
    expect(await host.call('briefing.write', { reader: 'Ada' })).toEqual({
      text: 'Good day, Ada. Today is friday, 2026-01-16.',
      date: '2026-01-16',
      again: false,
      missing: ['greeting', 'weather'],
    });
  });

  it.each<[string, HttpStub]>([
    ['out of reach', () => Promise.reject(new KariError('UNAVAILABLE', 'refused'))],
    ['an error', () => ({ status: 500, text: 'oops' })],
    ['nonsense', () => ({ json: { current: { temperature_2m: 'cold' } } })],
  ])('a weather service that is %s is left out', async (_name, http) => {
    const host = await together({ http });
    expect(await host.call('briefing.write', { reader: 'Ada' })).toMatchObject({ missing: ['weather'] });
  });

  it('without a clock there is no briefing, and nothing is kept', async () => {
    const host = await together({ without: ['time.now'] });
    await expect(host.call('briefing.write', { reader: 'Ada' })).rejects.toMatchObject({ reason: 'CLOCK_UNAVAILABLE' });
    expect([host.stored, host.published, await host.health()]).toMatchObject([{}, [], { healthy: false }]);
  });

  it('is written once a day for each reader, unless asked afresh', async () => {
    const host = await together();
    await host.call('briefing.write', { reader: 'Ada' });
    expect(await host.call('briefing.write', { reader: 'Ada' })).toMatchObject({ again: true });
    expect(host.published).toHaveLength(1);
    expect(await host.call('briefing.write', { reader: 'Ada', fresh: true })).toMatchObject({ again: false });
    await host.call('briefing.write', { reader: 'Bo' });
    expect(host.published.map(({ type }) => type)).toEqual(Array(3).fill('kari.briefing.written.v1'));
  });

  it('speaks the words of the tenant', async () => {
    const host = await together({ config: { template: '{{weekday}}!' } });
    expect(await host.call('briefing.write', { reader: 'Ada' })).toMatchObject({ text: 'friday!' });
  });

  it('a grant that is taken back is a part that is missing', async () => {
    const host = await together();
    host.revoke('plugins:http.request');
    expect(await host.call('briefing.write', { reader: 'Ada' })).toMatchObject({ missing: ['weather'] });
    expect(host.calls.filter(({ outcome }) => outcome === 'DENIED')).toHaveLength(1);
  });

  it('does its work on behalf of the caller', async () => {
    const host = await together();
    await host.call('briefing.write', { reader: 'Ada' });
    expect(new Set(host.calls.map(({ invocation }) => invocation))).toEqual(new Set(['invocation-1']));
  });
});

it('counts each briefing once, however often its event comes', async () => {
  const host = await together();
  for (const id of ['e-1', 'e-1', 'e-2', 'e-1'])
    await host.deliver('kari.briefing.written.v1', { date: '2026-01-16', missing: [] }, { id });
  expect(await host.call('briefing.count', {})).toEqual({ count: 2 });
});

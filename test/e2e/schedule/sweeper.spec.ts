import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { testHost, type TestHost } from '@kari/testkit';

const folder = new URL('../../fixtures/samples/sample.sweeper', import.meta.url);
const stored = { 'draft/old': { touchedAt: '2025-11-01T00:00:00Z' }, 'draft/new': { touchedAt: '2026-01-01T00:00:00Z' } };

let host: TestHost;
beforeEach(async () => {
  host = await testHost(folder, { now: '2026-01-02T03:00:00Z', stored });
});
afterEach(() => host.close());

it('sweeps away what nobody has touched for 30 days', async () => {
  expect(await host.run('sweep', { cause: 'schedule' })).toMatchObject({ status: 'succeeded', attempts: 1, answer: { removed: 1 } });
  expect(Object.keys(host.stored)).toEqual(['draft/new']);
});

it('tells how far it has come, and writes the same drafts when it comes again', async () => {
  const input = { titles: ['one', 'two'] };
  await host.run('load', { input });
  expect(await host.run('load', { input })).toMatchObject({
    answer: { loaded: 2 },
    progress: [{ fraction: 0.5, note: 'one' }, { fraction: 1 }],
  });
  expect(Object.keys(host.stored)).toHaveLength(4);
});

it('is tried again after a failure, and later each time', async () => {
  host.revoke('kv');
  const before = host.clock.now();
  expect(await host.run('sweep')).toMatchObject({ status: 'failed', attempts: 3, error: { code: 'DENIED' } });
  expect(host.clock.now() - before).toBe(1_000 + 2_000);
});

it('ends when it is cancelled', async () => {
  const run = await host.run('load', { input: { titles: ['one'] }, signal: AbortSignal.abort() });
  expect(run.status).toBe('cancelled');
});

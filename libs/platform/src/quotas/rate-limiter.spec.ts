import { describe, expect, it } from '@jest/globals';
import type { AuditRecord } from '@kari/kernel';
import { manualClock } from '@kari/kernel/testing';
import { createMetricsRegistry } from '@kari/platform/telemetry';
import { MemoryQuotaStore, Quotas, RateLimiter, type OwnRateLimits } from './index.js';

const asking = { tenant: 'a', actor: 'ada', actorKind: 'user', operation: 'request.limit', correlationId: 'c1' } as const;

function bench(own: Readonly<Record<string, OwnRateLimits>> = {}) {
  const clock = manualClock();
  const entries: AuditRecord[] = [];
  const metrics = createMetricsRegistry();
  const limiter = new RateLimiter({
    quotas: new Quotas({ store: new MemoryQuotaStore(clock), clock, timers: clock }),
    limits: { limitsOf: (tenant) => own[tenant] ?? null },
    defaults: { tenant: 10, token: 5, extension: 2 },
    audit: { record: async (entry) => void entries.push(entry) },
    clock,
    metrics,
  });
  const operations = (token: string, count = 1, tenant = 'a') => code(limiter.operations({ ...asking, tenant }, token, count));
  const call = (actor: string, tenant = 'a') =>
    code(limiter.extensionCall({ ...asking, tenant, actor, actorKind: 'extension', operation: 'broker.limit' }));
  return { clock, entries, metrics, limiter, operations, call };
}

async function code(work: Promise<void>): Promise<string | null> {
  return work.then(
    () => null,
    (error: unknown) => {
      const { code: found, facts } = error as { code: string; facts: Record<string, unknown> };
      return `${found} ${String(facts['scope'])} ${String(facts['perSecond'])} ${String(facts['retryAfterSeconds'])}`;
    },
  );
}

describe('G-06 who asks too often', () => {
  it('is refused by its token first, and that takes nothing from its tenant', async () => {
    const { operations } = bench();
    expect(await operations('t1', 10)).toBeNull();
    for (let index = 0; index < 50; index += 1) expect(await operations('t1')).toBe('REQUEST_RATE_LIMITED token 5 1');
    expect(await operations('t2', 10)).toBeNull();
    expect(await operations('t3')).toBe('REQUEST_RATE_LIMITED tenant 10 1');
  });

  it('is counted in each tenant by itself', async () => {
    const { operations } = bench();
    expect([await operations('t1', 10), await operations('t1', 10, 'b'), await operations('t2', 10, 'b')]).toEqual([null, null, null]);
  });

  it('has what was set for its tenant, part by part', async () => {
    const { operations, call } = bench({ a: { token: 1 } });
    expect([await operations('t1', 2), await operations('t1')]).toEqual([null, 'REQUEST_RATE_LIMITED token 1 1']);
    expect([await call('x'), await call('x'), await call('x'), await call('x')]).toEqual([null, null, null, null]);
    expect(await call('x')).toBe('REQUEST_RATE_LIMITED extension 2 1');
    expect([await call('y'), await call('x', 'b')]).toEqual([null, null]);
  });

  it('has of a route what its manifest says, and of the extension what all of them share', async () => {
    const { limiter } = bench({ a: { extension: 3 } });
    const ask = (share: string, requests: number) =>
      code(limiter.routeCall(asking, { extension: 'acme.notes', share, rate: { perSecond: requests / 60, burst: requests } }));
    expect([await ask('list~ada', 2), await ask('list~ada', 2)]).toEqual([null, null]);
    expect(await ask('list~ada', 2)).toBe('REQUEST_RATE_LIMITED route 0.033 30');
    expect([await ask('list~bob', 4), await ask('list~bob', 4), await ask('list~bob', 4), await ask('list~bob', 4)]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(await ask('list~eve', 4)).toBe('REQUEST_RATE_LIMITED extension 3 1');
  });

  it('leaves one entry for a bout, and is counted each time', async () => {
    const { operations, entries, metrics, clock } = bench({ a: { token: 1 } });
    await operations('t1', 2);
    for (let index = 0; index < 5; index += 1) await operations('t1');
    const entry = { ...asking, outcome: 'denied', subject: null, code: 'REQUEST_RATE_LIMITED' };
    expect(entries).toEqual([{ ...entry, facts: { scope: 'token', perSecond: 1, retryAfterSeconds: 1 } }]);
    await clock.advance(9_000);
    await operations('t1', 2);
    await operations('t1');
    expect(entries).toHaveLength(1);
    await clock.advance(10_001);
    await operations('t1', 2);
    await operations('t1');
    expect(entries).toHaveLength(2);
    expect(await metrics.metrics()).toContain('kari_rate_limited_total{scope="token"} 7');
  });
});

import { describe, expect, it } from '@jest/globals';
import { systemRandom } from '@kari/platform/time';
import { apiTokenParts } from '../access/credentials.rules.js';
import { tenancyBench } from '../testing/tenancy-bench.js';
import { Bootstrap } from './bootstrap.js';

function bench() {
  const tenancy = tenancyBench();
  return { ...tenancy, bootstrap: new Bootstrap(tenancy.folds, tenancy.bus, tenancy.clock, systemRandom, tenancy.clock) };
}

describe('the first start', () => {
  it('gives a platform its operator, a demo tenant with an administrator, and one token to enter with', async () => {
    const { bootstrap, enter, log } = bench();
    const { token, demo, operator } = await bootstrap.bootstrapPlatform({ currentToken: null, demo: true });
    expect([token?.isNew, demo?.slug]).toEqual([true, 'demo']);
    const { principal } = await enter('_', token?.value ?? '');
    expect([principal.id, principal.may('tenant.create', '_')]).toEqual([operator, true]);
    expect((await enter('demo', token?.value ?? '')).tenant).toBe(demo?.id);
    expect((await log()).map((event) => event.type)).toEqual(['MemberAdded', 'TenantCreated', 'MemberAdded', 'TokenIssued']);
  });

  it('changes nothing at a later start, nor when two processes start at once', async () => {
    const { bootstrap, log } = bench();
    const { token } = await bootstrap.bootstrapPlatform({ currentToken: null, demo: true });
    const once = await log();
    const wish = { currentToken: token?.value ?? null, demo: true };
    const [a, b] = await Promise.all([bootstrap.bootstrapPlatform(wish), bootstrap.bootstrapPlatform(wish)]);
    expect([a.token, b.token]).toEqual([
      { value: token?.value, isNew: false },
      { value: token?.value, isNew: false },
    ]);
    expect(await log()).toEqual(once);

    const fresh = bench();
    await Promise.all([fresh.bootstrap, fresh.bootstrap].map((one) => one.bootstrapPlatform({ currentToken: null, demo: true })));
    expect((await fresh.log()).filter((event) => event.type !== 'TokenIssued')).toHaveLength(3);
  });

  it('issues another token when the kept one is lost, foreign, revoked or about to expire', async () => {
    const { bootstrap, bus, system, clock } = bench();
    const start = (currentToken: string | null) => bootstrap.bootstrapPlatform({ currentToken, demo: false });
    const { token } = await start(null);
    expect((await start(null)).token?.isNew).toBe(true);
    expect((await start('nonsense')).token?.isNew).toBe(true);
    expect((await start(`${token?.value.slice(0, -4)}AAAA`)).token?.isNew).toBe(true);
    expect((await start(token?.value ?? null)).token?.isNew).toBe(false);
    await clock.advance(352 * 24 * 3_600_000);
    expect((await start(token?.value ?? null)).token?.isNew).toBe(true);
    const second = (await start(null)).token?.value ?? '';
    await bus.send({ type: 'RevokeToken', data: { token: apiTokenParts(second)?.token } }, system('_'));
    expect((await start(second)).token?.isNew).toBe(true);
  });

  it('does not bring back what people took away', async () => {
    const { bootstrap, bus, system, member, folds, log } = bench();
    const { operator, demo } = await bootstrap.bootstrapPlatform({ currentToken: null, demo: true });
    await member('_', 'olga', 'platform-operator');
    await bus.send({ type: 'RemoveMember', data: { member: operator } }, system('_'));
    await bus.send({ type: 'SuspendTenant', data: { tenant: demo?.id, reason: 'no demo here' } }, system('_'));
    const before = await log();
    expect(await bootstrap.bootstrapPlatform({ currentToken: null, demo: true })).toEqual({ operator, token: null, demo: null });
    expect(await log()).toEqual(before);
    expect(await folds.standing(demo?.id ?? '')).toBe('suspended');
  });
});

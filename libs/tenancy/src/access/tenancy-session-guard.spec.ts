import { afterEach, describe, expect, it } from '@jest/globals';
import { Unavailable } from '@kari/kernel';
import { lentStore, manualClock, MemoryEventStore } from '@kari/kernel/testing';
import type { SessionDoubt } from '@kari/platform/graphql';
import { recorded } from '../testing/recorded.js';
import { silent, tenancyBench } from '../testing/tenancy-bench.js';
import { apiTokenParts } from './credentials.rules.js';
import { doubtOf, TenancySessionGuard } from './tenancy-session-guard.adapter.js';

const running: TenancySessionGuard[] = [];
afterEach(async () => {
  for (const guard of running.splice(0)) await guard.onApplicationShutdown();
});

async function bench() {
  const clock = manualClock();
  const memory = new MemoryEventStore({ clock });
  const store = lentStore(memory);
  const tenancy = tenancyBench({ store, clock });
  const guard = new TenancySessionGuard(store, clock, silent);
  running.push(guard);
  const doubts: SessionDoubt[] = [];
  guard.onDoubt((doubt) => doubts.push(doubt));
  return { ...tenancy, clock, memory, store, guard, doubts };
}

describe('doubt about open sessions', () => {
  it('arises for whoever may have lost something, and only for them', async () => {
    const { guard, doubts, tenant, member, token, bus, system, clock } = await bench();
    const acme = await tenant('acme');
    const ada = await member(acme, 'ada', 'admin');
    const bob = await member(acme, 'bob', 'user');
    const value = await token(acme, bob);
    await guard.onModuleInit();
    const send = (type: string, data: object, where = acme) => bus.send({ type, data }, system(where));
    await send('ChangeMemberRoles', { member: bob, roles: ['viewer'] });
    await send('RevokeToken', { token: apiTokenParts(value)?.token });
    await send('RemoveMember', { member: bob });
    await token(acme, ada);
    await send('SuspendTenant', { tenant: acme, reason: 'unpaid' }, '_');
    await clock.advance(1);
    expect(doubts).toEqual([{ tenant: acme, principal: bob }, { tenant: acme }, { tenant: acme, principal: bob }, { tenant: acme }]);
  });

  it('about one of the platform’s people arises in every tenant', () => {
    expect(doubtOf(recorded('MemberRemoved', { member: 'm' }, { tenant: '_' }))).toEqual({ principal: 'm' });
    expect(doubtOf(recorded('TokenRevoked', { token: 'k' }, { tenant: '_' }))).toEqual({});
    expect(doubtOf(recorded('ServiceAccountRemoved', { serviceAccount: 's' }, { tenant: 't' }))).toEqual({ tenant: 't', principal: 's' });
    expect(doubtOf(recorded('MemberAdded', { member: 'm' }))).toBeNull();
  });

  it('is told again once a lost log is back', async () => {
    const { guard, doubts, store, memory, tenant, bus, system, clock } = await bench();
    const acme = await tenant('acme');
    store.head = () => Promise.reject(new Unavailable('no connection', true));
    await guard.onModuleInit();
    store.head = () => memory.head();
    await clock.advance(1_000);
    await bus.send({ type: 'SuspendTenant', data: { tenant: acme, reason: 'unpaid' } }, system('_'));
    await clock.advance(1);
    expect(doubts).toEqual([{ tenant: acme }]);
  });
});

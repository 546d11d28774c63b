import { describe, expect, it } from '@jest/globals';
import { Unavailable, type StreamId } from '@kari/kernel';
import { lentStore, MemoryEventStore } from '@kari/kernel/testing';
import { codeOf, tenancyBench } from '../testing/tenancy-bench.js';
import { apiTokenParts } from './credentials.rules.js';

async function two() {
  const bench = tenancyBench();
  const [acme, other] = [await bench.tenant('acme'), await bench.tenant('other')];
  const ada = await bench.member(acme, 'ada', 'admin');
  const olga = await bench.member('_', 'olga', 'platform-operator');
  return { ...bench, acme, other, ada, olga, adaToken: await bench.token(acme, ada), olgaToken: await bench.token('_', olga) };
}

describe('the door', () => {
  it('lets a member in with its token, by slug and by id, with the rights of its roles there and nowhere else', async () => {
    const { enter, acme, other, ada, adaToken } = await two();
    for (const name of ['acme', acme]) {
      const { principal, tenant } = await enter(name, adaToken);
      expect([principal.id, principal.kind, tenant]).toEqual([ada, 'user', acme]);
      expect([principal.may('member.manage', acme), principal.may('member.manage', other), principal.may('tenant.create', '_')]).toEqual([
        true,
        false,
        false,
      ]);
    }
  });

  it('lets the platform’s people into every tenant, with what the table gives them', async () => {
    const { enter, acme, olga, olgaToken } = await two();
    const { principal } = await enter('acme', olgaToken);
    expect([
      principal.id,
      principal.may('extension.install', acme),
      principal.may('tenant.create', '_'),
      principal.may('tenant.create', acme),
    ]).toEqual([olga, true, true, false]);
    expect((await enter('_', olgaToken)).tenant).toBe('_');
  });

  it('keeps a token of one tenant out of every other, and out of the platform (Z-02)', async () => {
    const { enter, adaToken, other } = await two();
    for (const place of ['other', other, '_']) expect(await codeOf(enter(place, adaToken))).toBe('REQUEST_UNAUTHENTICATED');
  });

  it('refuses a request without one well-formed tenant, whoever asks (Z-04)', async () => {
    const { enter, olgaToken } = await two();
    for (const tenant of [[], [''], ['_', '_'], ['acme', 'acme'], ['acme', 'other'], ['ACME'], ['acme,other'], ['["acme"]'], [' acme']]) {
      expect([tenant, await codeOf(enter(tenant, olgaToken))]).toEqual([tenant, 'REQUEST_TENANT_REQUIRED']);
    }
  });

  it('tells nobody but the platform’s people whether a tenant exists', async () => {
    const { enter, adaToken, olgaToken } = await two();
    expect(await codeOf(enter('nowhere', adaToken))).toBe('REQUEST_UNAUTHENTICATED');
    expect(await codeOf(enter('nowhere', olgaToken))).toBe('REQUEST_TENANT_REQUIRED');
  });

  it('refuses every credential that is not one', async () => {
    const { enter, adaToken } = await two();
    const parts = apiTokenParts(adaToken);
    const changed = adaToken.slice(0, -1) + (adaToken.endsWith('A') ? 'B' : 'A');
    const tokens = [
      [],
      [''],
      [`Bearer ${adaToken}`, `Bearer ${adaToken}`],
      [adaToken],
      [`Basic ${adaToken}`],
      ['Bearer eyJhbGciOiJub25lIn0.e30.'],
    ];
    for (const token of [...tokens, changed, `kari_${parts?.token}_${'A'.repeat(43)}`, `${adaToken}A`, 'kari_', 'undefined', 'null']) {
      expect([token, await codeOf(enter('acme', token))]).toEqual([token, 'REQUEST_UNAUTHENTICATED']);
    }
  });

  it('compares the whole hash: a secret whose hash only begins alike is refused', async () => {
    const { enter, adaToken, store, folds, acme } = await two();
    const parts = apiTokenParts(adaToken);
    const token = await folds.token(acme, parts?.token ?? '');
    if (token.status === 'none') throw new Error('there is no token');
    // The same log, but the hash kept differs from the right one in its last digit.
    const tampered = lentStore(store);
    tampered.readStream = async function* (id: StreamId, options) {
      for await (const event of store.readStream(id, options)) {
        const data = event.data as { hash?: string };
        const hash = data.hash?.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
        yield hash === undefined ? event : { ...event, data: { ...data, hash } };
      }
    };
    expect((await enter('acme', adaToken)).tenant).toBe(acme);
    const bench = tenancyBench({ store: tampered });
    expect(await codeOf(bench.enter('acme', adaToken))).toBe('REQUEST_UNAUTHENTICATED');
  });

  it('closes with the next request for a revoked token, a removed member, a removed account', async () => {
    const { enter, bus, system, member, token, acme, adaToken, issuing, clock } = await two();
    await enter('acme', adaToken);
    await bus.send({ type: 'RevokeToken', data: { token: apiTokenParts(adaToken)?.token } }, system(acme));
    expect(await codeOf(enter('acme', adaToken))).toBe('REQUEST_UNAUTHENTICATED');

    const bob = await member(acme, 'bob', 'user');
    const bobToken = await token(acme, bob);
    await enter('acme', bobToken);
    await bus.send({ type: 'RemoveMember', data: { member: bob } }, system(acme));
    expect(await codeOf(enter('acme', bobToken))).toBe('REQUEST_UNAUTHENTICATED');

    const created = await bus.send<{ serviceAccount: string }>(
      { type: 'CreateServiceAccount', data: { name: 'ci', roles: ['developer'] } },
      system(acme),
    );
    const id = created.state.serviceAccount;
    const expiresAt = new Date(clock.now() + 3_600_000).toISOString();
    const ci = await issuing.issue({ owner: { kind: 'service-account', id }, name: 'ci', expiresAt, rights: null }, system(acme));
    const { principal } = await enter('acme', ci.value ?? '');
    expect([principal.id, principal.kind, principal.may('grant.read', acme), principal.may('grant.manage', acme)]).toEqual([
      id,
      'service-account',
      true,
      false,
    ]);
    await bus.send({ type: 'RemoveServiceAccount', data: { serviceAccount: id } }, system(acme));
    expect(await codeOf(enter('acme', ci.value ?? ''))).toBe('REQUEST_UNAUTHENTICATED');
  });

  it('follows a change of roles with the next request', async () => {
    const { enter, bus, system, member, token, acme } = await two();
    const bob = await member(acme, 'bob', 'admin');
    const bobToken = await token(acme, bob);
    expect((await enter('acme', bobToken)).principal.may('member.manage', acme)).toBe(true);
    await bus.send({ type: 'ChangeMemberRoles', data: { member: bob, roles: ['viewer'] } }, system(acme));
    expect((await enter('acme', bobToken)).principal.may('member.manage', acme)).toBe(false);
  });

  it('closes at the very moment a token expires', async () => {
    const { enter, clock, adaToken } = await two();
    await clock.advance(3_599_999);
    await enter('acme', adaToken);
    await clock.advance(1);
    expect(await codeOf(enter('acme', adaToken))).toBe('REQUEST_UNAUTHENTICATED');
  });

  it('closes a suspended, a leaving and a deleted tenant to everybody, and opens a resumed one', async () => {
    const { enter, bus, system, acme, adaToken, olgaToken } = await two();
    const send = (type: string, data: object) => bus.send({ type, data: { tenant: acme, ...data } }, system('_'));
    await send('SuspendTenant', { reason: 'unpaid' });
    expect(await codeOf(enter('acme', adaToken))).toBe('TENANCY_TENANT_SUSPENDED');
    expect(await codeOf(enter('acme', olgaToken))).toBe('TENANCY_TENANT_SUSPENDED');
    expect((await enter('_', olgaToken)).tenant).toBe('_');
    await send('ResumeTenant', {});
    await enter('acme', adaToken);
    await send('DeleteTenant', { export: false });
    expect(await codeOf(enter('acme', adaToken))).toBe('TENANCY_TENANT_SUSPENDED');
    await send('CompleteTenantDeletion', { export: null });
    expect(await codeOf(enter('acme', adaToken))).toBe('TENANCY_TENANT_SUSPENDED');
  });

  it('tells a stranger nothing of a suspended tenant', async () => {
    const { enter, bus, system, acme, adaToken } = await two();
    await bus.send({ type: 'SuspendTenant', data: { tenant: acme, reason: 'unpaid' } }, system('_'));
    expect(await codeOf(enter('acme', `${adaToken.slice(0, -8)}AAAAAAAA`))).toBe('REQUEST_UNAUTHENTICATED');
  });

  it('gives a narrowed token what it was narrowed to, and no more than its owner has', async () => {
    const { enter, member, token, acme } = await two();
    const bob = await member(acme, 'bob', 'viewer');
    const narrow = await token(acme, bob, { rights: ['extension.read', 'audit.read'] });
    const { principal } = await enter('acme', narrow);
    expect(['extension.read', 'audit.read', 'tenant.read'].map((right) => principal.may(right, acme))).toEqual([true, false, false]);
  });

  it('makes an idempotency key its sender’s own', async () => {
    const { enter, member, token, acme, adaToken } = await two();
    const bobToken = await token(acme, await member(acme, 'bob', 'admin'));
    const key = { commandId: '0190a000-0000-7000-8000-00000000000f' };
    const [one, again, bobs, none] = [
      await enter('acme', adaToken, key),
      await enter('acme', adaToken, key),
      await enter('acme', bobToken, key),
      await enter('acme', adaToken),
    ];
    expect(one.commandId).toBe(again.commandId);
    expect(one.commandId).not.toBe(bobs.commandId);
    expect(none.commandId).toBeUndefined();
  });

  it('stays shut when the log is out of reach, whatever it remembers', async () => {
    const memory = new MemoryEventStore();
    const store = lentStore(memory);
    const { tenant, member, token, enter, clock } = tenancyBench({ store });
    const acme = await tenant('acme');
    const value = await token(acme, await member(acme, 'ada', 'admin'));
    await enter('acme', value);
    store.readStream = () => {
      throw new Unavailable('no connection', true);
    };
    await expect(enter('acme', value)).rejects.toBeInstanceOf(Unavailable);
    store.readStream = async function* () {
      await new Promise<never>(() => undefined);
    };
    const slow = expect(enter('acme', value)).rejects.toBeInstanceOf(Unavailable);
    await clock.advance(2_000);
    await slow;
    store.readStream = (id, options) => memory.readStream(id, options);
    expect((await enter('acme', value)).tenant).toBe(acme);
  });
});

describe('API tokens', () => {
  it('show their value once and leave only a hash in the log (U-05)', async () => {
    const { adaToken, log, entries } = await two();
    const secret = apiTokenParts(adaToken)?.secret ?? '';
    const text = JSON.stringify([await log(), entries], (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
    expect(secret).toHaveLength(43);
    expect(text).not.toContain(secret);
  });

  it('do not show their value again when the same request is repeated', async () => {
    const { issuing, system, acme, ada, clock } = await two();
    const wish = {
      owner: { kind: 'member', id: ada },
      name: 'laptop',
      expiresAt: new Date(clock.now() + 3_600_000).toISOString(),
      rights: null,
    } as const;
    const context = { ...system(acme), commandId: '0190a000-0000-7000-8000-00000000000f' };
    const [first, second] = [await issuing.issue(wish, context), await issuing.issue(wish, context)];
    expect(first.value).toMatch(/^kari_/);
    expect(second.value).toBeNull();
    expect(second.outcome).toEqual(first.outcome);
  });

  it('are issued to nobody who is not there, and by nobody without the right', async () => {
    const { issuing, enter, system, member, token, acme, other, ada, clock, entries } = await two();
    const wish = {
      owner: { kind: 'member', id: ada },
      name: 'x',
      expiresAt: new Date(clock.now() + 3_600_000).toISOString(),
      rights: null,
    } as const;
    expect(await codeOf(issuing.issue(wish, system(other)))).toBe('TENANCY_MEMBER_UNKNOWN');
    const bobToken = await token(acme, await member(acme, 'bob', 'user'));
    expect(await codeOf(issuing.issue(wish, await enter('acme', bobToken)))).toBe('REQUEST_DENIED');
    expect(entries.map(({ operation, code }) => [operation, code])).toEqual([
      ['IssueToken', 'TENANCY_MEMBER_UNKNOWN'],
      ['IssueToken', 'REQUEST_DENIED'],
    ]);
  });
});

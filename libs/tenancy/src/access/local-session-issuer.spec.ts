import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { base64url, exportJWK, generateKeyPair, importJWK, SignJWT, UnsecuredJWT, type JWK } from 'jose';
import { derivedId } from '@kari/kernel';
import { manualClock } from '@kari/kernel/testing';
import { systemIds } from '@kari/platform/time';
import { codeOf, tenancyBench } from '../testing/tenancy-bench.js';
import { apiTokenParts } from './credentials.rules.js';
import { CLOCK_TOLERANCE_S, LocalSessionIssuer } from './local-session-issuer.adapter.js';
import { noSessions, type Session } from './session-issuer.port.js';

const session: Session = { home: derivedId('acme'), owner: { kind: 'member', id: derivedId('ada') }, token: derivedId('token') };
let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kari-issuer-'));
  file = join(folder, 'keys', 'local-issuer.jwk');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function bench() {
  const clock = manualClock();
  return { clock, issuer: await LocalSessionIssuer.open(file, clock, systemIds) };
}

/** A token like the issuer's own, with some of it changed, signed with the issuer's own key. */
async function forged(
  change: { header?: object; claims?: object; key?: Parameters<SignJWT['sign']>[0] },
  seconds: number,
): Promise<string> {
  const jwk = JSON.parse(await readFile(file, 'utf8')) as JWK;
  const { issuer } = await bench();
  const [head] = (await issuer.issue(session)).value.split('.');
  const header = JSON.parse(new TextDecoder().decode(base64url.decode(head ?? ''))) as { alg: string };
  const claims = {
    iss: 'urn:kari:local',
    aud: 'urn:kari:api',
    sub: session.owner.id,
    home: session.home,
    kind: 'member',
    token: session.token,
    jti: 'j',
    iat: seconds,
    exp: seconds + 900,
  };
  return new SignJWT({ ...claims, ...change.claims })
    .setProtectedHeader({ ...header, ...change.header })
    .sign(change.key ?? (await importJWK(jwk, 'EdDSA')));
}

describe('the local issuer', () => {
  it('keeps its key for itself, and between starts', async () => {
    const { issuer } = await bench();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'keys'))).mode & 0o777).toBe(0o700);
    const { value } = await issuer.issue(session);
    expect(await (await bench()).issuer.verify(value)).toEqual(session);
  });

  it('honours a session for a quarter of an hour and exactly 60 seconds of disagreement between clocks (D-16)', async () => {
    const { clock, issuer } = await bench();
    const { value, expiresAt } = await issuer.issue(session);
    expect(expiresAt).toBe('2026-01-01T00:15:00.000Z');
    clock.jumpTo(clock.now() + (900 + CLOCK_TOLERANCE_S) * 1_000 - 1);
    expect(await issuer.verify(value)).toEqual(session);
    clock.jumpTo(clock.now() + 1);
    expect(await issuer.verify(value)).toBeNull();
    clock.jumpTo(Date.UTC(2026, 0, 1) - CLOCK_TOLERANCE_S * 1_000);
    expect(await issuer.verify(value)).toEqual(session);
    clock.jumpTo(Date.UTC(2026, 0, 1) - (CLOCK_TOLERANCE_S + 1) * 1_000);
    expect(await issuer.verify(value)).toBeNull();
  });

  it('accepts no other algorithm, key, key id, type, issuer or audience (G-07)', async () => {
    const { clock, issuer } = await bench();
    const now = clock.now() / 1_000;
    const stranger = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const jwk = await exportJWK(stranger.publicKey);
    const secret = new TextEncoder().encode((JSON.parse(await readFile(file, 'utf8')) as { x: string }).x);
    const forgeries = {
      'another key': await forged({ key: stranger.privateKey }, now),
      'its own key in the header': await forged({ key: stranger.privateKey, header: { jwk } }, now),
      'a key id of its own': await forged({ header: { kid: 'other' } }, now),
      'a key id as a path': await forged({ header: { kid: '../../etc/passwd' } }, now),
      'no key id': await forged({ header: { kid: undefined } }, now),
      'another type': await forged({ header: { typ: 'JWT' } }, now),
      'HMAC with the public key': await forged({ header: { alg: 'HS256' }, key: secret }, now),
      'another issuer': await forged({ claims: { iss: 'urn:other' } }, now),
      'another audience': await forged({ claims: { aud: 'urn:other' } }, now),
      'no expiry': await forged({ claims: { exp: undefined } }, now),
      'a long life': await forged({ claims: { exp: now + 10_000, iat: now - 5_000 } }, now),
      'no token behind it': await forged({ claims: { token: undefined } }, now),
      'a strange kind': await forged({ claims: { kind: 'system' } }, now),
      'a tenant that is a list': await forged({ claims: { home: ['_'] } }, now),
      'no signature': new UnsecuredJWT({ sub: session.owner.id }).setExpirationTime('1h').encode(),
      nonsense: 'a.b.c',
    };
    expect(await issuer.verify(await forged({}, now))).toEqual(session);
    for (const [name, value] of Object.entries(forgeries)) expect([name, await issuer.verify(value)]).toEqual([name, null]);
  });

  it('waits for a session that is not valid yet until exactly 60 seconds before it (D-16, G-07)', async () => {
    const { clock, issuer } = await bench();
    const now = clock.now() / 1_000;
    expect(await issuer.verify(await forged({ claims: { nbf: now + CLOCK_TOLERANCE_S } }, now))).toEqual(session);
    expect(await issuer.verify(await forged({ claims: { nbf: now + CLOCK_TOLERANCE_S + 1 } }, now))).toBeNull();
    expect(CLOCK_TOLERANCE_S).toBe(60);
  });

  it('G-07: is fooled by no algorithm: none under its own key id, RSA, elliptic curves, a certificate or an address of keys in the header', async () => {
    const { clock, issuer } = await bench();
    const now = clock.now() / 1_000;
    const [head, body, signature] = (await issuer.issue(session)).value.split('.');
    const header = JSON.parse(new TextDecoder().decode(base64url.decode(head ?? ''))) as Record<string, unknown>;
    const dressed = (change: object): string => base64url.encode(JSON.stringify({ ...header, ...change }));
    const [rsa, curve] = [await generateKeyPair('RS256'), await generateKeyPair('ES256')];
    const forgeries = [
      ...['none', 'None', 'NONE', 'nOnE', ''].flatMap((alg) => [
        `${dressed({ alg })}.${body}.`,
        `${dressed({ alg })}.${body}.${signature}`,
      ]),
      ...['HS256', 'HS512', 'RS256', 'PS256', 'ES256', 'EdDSA '].map((alg) => `${dressed({ alg })}.${body}.${signature}`),
      await forged({ header: { alg: 'RS256' }, key: rsa.privateKey }, now),
      await forged({ header: { alg: 'ES256' }, key: curve.privateKey }, now),
      ...["' or 1=1 --", '', '\u0000', '__proto__', '../keys/local-issuer.jwk', 'https://evil.example/jwks'].map(
        (kid) => `${dressed({ kid })}.${body}.${signature}`,
      ),
      `${dressed({ jku: 'https://evil.example/jwks' })}.${body}.${signature}`,
      `${dressed({ x5u: 'https://evil.example/cert' })}.${body}.${signature}`,
      `${dressed({ crit: ['exp'] })}.${body}.${signature}`,
      `${head}.${body}.`,
      `${head}.${base64url.encode(JSON.stringify({ sub: 'root' }))}.${signature}`,
      `${head}.${body}.${signature}.${signature}`,
    ];
    expect(await issuer.verify(`${head}.${body}.${signature}`)).toEqual(session);
    const accepted: string[] = [];
    for (const value of forgeries) if ((await issuer.verify(value)) !== null) accepted.push(value);
    expect(accepted).toEqual([]);
  });

  it('says which file it cannot read', async () => {
    const broken = join(folder, 'broken.jwk');
    await writeFile(broken, '{');
    await expect(LocalSessionIssuer.open(broken, manualClock(), systemIds)).rejects.toThrow(broken);
  });
});

describe('a session', () => {
  async function room() {
    const clock = manualClock();
    const all = tenancyBench({ clock, sessions: await LocalSessionIssuer.open(file, clock, systemIds) });
    const acme = await all.tenant('acme');
    await all.tenant('other');
    const ada = await all.member(acme, 'ada', 'admin');
    const token = await all.token(acme, ada, { rights: ['extension.read'] });
    const issuer = await LocalSessionIssuer.open(file, clock, systemIds);
    const id = apiTokenParts(token)?.token ?? '';
    const { value } = await issuer.issue({ home: acme, owner: { kind: 'member', id: ada }, token: id });
    return { ...all, acme, ada, id, value, issuer };
  }

  it('carries no more than the token it was started with, and ends with it', async () => {
    const { enter, value, acme, bus, system, id } = await room();
    const { principal } = await enter('acme', value);
    expect([principal.may('extension.read', acme), principal.may('member.manage', acme)]).toEqual([true, false]);
    await bus.send({ type: 'RevokeToken', data: { token: id } }, system(acme));
    expect(await codeOf(enter('acme', value))).toBe('REQUEST_UNAUTHENTICATED');
  });

  it('acts where it belongs, for the one it was issued to', async () => {
    const { enter, value, issuer, acme, id } = await room();
    for (const place of ['other', '_']) expect(await codeOf(enter(place, value))).toBe('REQUEST_UNAUTHENTICATED');
    for (const wrong of [
      { home: '_', owner: { kind: 'member', id: derivedId('x') }, token: id } as const,
      { home: acme, owner: { kind: 'member', id: derivedId('x') }, token: id } as const,
      { home: acme, owner: { kind: 'service-account', id: derivedId('ada') }, token: id } as const,
    ]) {
      expect(await codeOf(enter('acme', (await issuer.issue(wrong)).value))).toBe('REQUEST_UNAUTHENTICATED');
    }
  });

  it('is neither given nor taken outside development mode', async () => {
    await expect(noSessions.issue(session)).rejects.toThrow('TENANCY_ISSUER_OFF');
    const { value } = await room();
    expect(await codeOf(tenancyBench().enter('acme', value))).toBe('REQUEST_UNAUTHENTICATED');
  });
});

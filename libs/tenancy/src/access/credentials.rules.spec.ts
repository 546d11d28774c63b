import { describe, expect, it } from '@jest/globals';
import { Rejection } from '@kari/kernel';
import { tenantIdOf } from '../tenants/tenant.commands.js';
import { apiTokenParts, bearerOf, tenantAsked } from './credentials.rules.js';

const ID = '0190a000-0000-7000-8000-000000000001';
const SECRET = 'A'.repeat(43);

function codeOf(ask: () => unknown): string {
  try {
    return `answered ${JSON.stringify(ask())}`;
  } catch (error) {
    if (error instanceof Rejection) return error.code;
    throw error;
  }
}

function factsOf(ask: () => unknown): unknown {
  try {
    return ask();
  } catch (error) {
    return error instanceof Rejection ? error.facts : error;
  }
}

describe('Z-04: the tenant of a request', () => {
  it.each<[string, readonly string[]]>([
    ['absent', []],
    ['empty', ['']],
    ['a blank', [' ']],
    ['doubled', ['demo', 'demo']],
    ['doubled with an empty one', ['', 'demo']],
    ['doubled by a proxy', ['demo, demo']],
    ['an array in JSON', ['["demo"]']],
    ['an array in PHP form', ['demo[]']],
    ['in another case', ['Demo']],
    ['all in capitals', ['DEMO']],
    ['a uuid in capitals', [ID.toUpperCase()]],
    ['padded', [' demo']],
    ['with a line break', ['demo\n']],
    ['with a NUL', ['demo\u0000']],
    ['a wildcard', ['*']],
    ['a path', ['../_']],
    ['a platform in disguise', ['__']],
    ['a number', ['1']],
    ['a look-alike', ['dеmo']],
    ['null', ['null ']],
    ['too long', ['a'.repeat(64)]],
  ])('is refused when it is %s', (_, values) => {
    expect(codeOf(() => tenantAsked(values))).toBe('REQUEST_TENANT_REQUIRED');
  });

  it('is refused with the reason, for whoever has to mend the request', () => {
    const reason = (values: readonly string[]) => factsOf(() => tenantAsked(values));
    expect(reason([])).toEqual({ reason: 'the header is missing' });
    expect(reason(['demo', 'demo'])).toEqual({ reason: 'the header was sent more than once' });
    expect(reason([''])).toEqual({ reason: 'the header is empty' });
    expect(reason([`x${ID}`])).toBe(tenantIdOf(`x${ID}`));
    for (const neither of ['Demo', `${ID}0`, `0${ID}`, ID.toUpperCase(), ID.replace('-', '')])
      expect([neither, reason([neither])]).toEqual([neither, { reason: 'the value is neither a slug in lower case nor a uuid' }]);
  });

  it('is a slug, a uuid, or the platform', () => {
    expect(tenantAsked(['demo'])).toBe(tenantIdOf('demo'));
    expect(tenantAsked([ID])).toBe(ID);
    expect(tenantAsked(['_'])).toBe('_');
  });
});

describe('the credential of a request', () => {
  it.each<[string, readonly string[]]>([
    ['absent', []],
    ['empty', ['']],
    ['doubled', ['Bearer a', 'Bearer a']],
    ['of another scheme', ['Basic YTpi']],
    ['bare', [`kari_${ID}_${SECRET}`]],
    ['without a value', ['Bearer ']],
    ['two values', ['Bearer a b']],
    ['joined by a proxy', ['Bearer a, Bearer b']],
    ['huge', [`Bearer ${'a'.repeat(5_000)}`]],
  ])('is refused when it is %s', (_, values) => {
    expect(codeOf(() => bearerOf(values))).toBe('REQUEST_UNAUTHENTICATED');
  });

  it('is refused with the reason, for whoever has to mend the request', () => {
    const reason = (values: readonly string[]) => factsOf(() => bearerOf(values));
    expect(reason([])).toEqual({ reason: 'there is no Authorization header' });
    expect(reason(['Bearer a', 'Bearer a'])).toEqual({ reason: 'there is more than one Authorization header' });
    expect(reason(['Basic YTpi'])).toEqual({ reason: 'the Authorization header is not "Bearer <token>"' });
  });

  it('is whatever one bearer token says, of one to 4,096 letters', () => {
    const every = 'AZaz09._~+/=-';
    for (const token of ['a', every, 'x'.repeat(4_096)]) expect(bearerOf([`Bearer ${token}`])).toBe(token);
    expect(bearerOf(['bearer abc'])).toBe('abc');
    for (const wrong of ['x'.repeat(4_097), 'a\n', ' a', 'a,b', 'ä', 'a"'])
      expect([wrong, codeOf(() => bearerOf([`Bearer ${wrong}`]))]).toEqual([wrong, 'REQUEST_UNAUTHENTICATED']);
    expect(codeOf(() => bearerOf(['xBearer a']))).toBe('REQUEST_UNAUTHENTICATED');
  });

  it('is an API token only in its exact form', () => {
    expect(apiTokenParts(`kari_${ID}_${SECRET}`)).toEqual({ token: ID, secret: SECRET });
    for (const wrong of [
      `kari_${ID}_${SECRET}A`,
      `kari_${ID}_${SECRET.slice(1)}`,
      `Kari_${ID}_${SECRET}`,
      `kari_${ID}${SECRET}`,
      'eyJ.a.b',
      `xkari_${ID}_${SECRET}`,
      `kari_${ID.toUpperCase()}_${SECRET}`,
      `kari_${ID.replace('-', '')}_${SECRET}`,
      `kari_${ID}_${'+'.repeat(43)}`,
      `kari_${ID}_`,
      `kari__${SECRET}`,
      '',
    ]) {
      expect(apiTokenParts(wrong)).toBeNull();
    }
  });
});

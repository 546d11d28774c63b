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

  it('is an API token only in its exact form', () => {
    expect(apiTokenParts(`kari_${ID}_${SECRET}`)).toEqual({ token: ID, secret: SECRET });
    for (const wrong of [
      `kari_${ID}_${SECRET}A`,
      `kari_${ID}_${SECRET.slice(1)}`,
      `Kari_${ID}_${SECRET}`,
      `kari_${ID}${SECRET}`,
      'eyJ.a.b',
    ]) {
      expect(apiTokenParts(wrong)).toBeNull();
    }
  });
});

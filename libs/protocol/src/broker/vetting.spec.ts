import { describe, expect, it } from '@jest/globals';
import { ProtocolFault } from './errors.js';
import { assertClean, assertShallow, needsWalk, parseVetted } from './vetting.js';

const bytes = (text: string) => Buffer.from(text);

function ruleOf(text: string | Uint8Array): string {
  try {
    parseVetted(typeof text === 'string' ? bytes(text) : text);
    return 'accepted';
  } catch (error) {
    return error instanceof ProtocolFault ? error.rule : String(error);
  }
}

describe('foreign JSON (S-07)', () => {
  it('is taken when it is plain', () => {
    expect(parseVetted(bytes('{"a":[1,"\\u00e9\\n",null,{"b":1e3}]}'))).toEqual({ a: [1, 'é\n', null, { b: 1000 }] });
  });

  it.each([
    ['[1,]', 'syntax'],
    ['NaN', 'syntax'],
    ['', 'syntax'],
    ['{"__proto__":1}', 'key'],
    ['{"a":[{"constructor":1}]}', 'key'],
    ['{"prototype":1}', 'key'],
    ['{"\\u005f_proto__":1}', 'key'],
    ['"a\\u0000b"', 'string'],
    ['"\\ud800"', 'string'],
    ['{"\\udc00":1}', 'string'],
    ['[1e999]', 'number'],
    [`[${'9'.repeat(400)}]`, 'number'],
  ])('refuses %s', (text, rule) => {
    expect(ruleOf(text)).toBe(rule);
  });

  it('refuses what is not UTF-8, a byte order mark included', () => {
    expect(ruleOf(Uint8Array.of(0x22, 0xff, 0x22))).toBe('encoding');
    expect(ruleOf(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22))).toBe('encoding');
    expect(ruleOf(Uint8Array.of(0xef, 0xbb, 0xbf, 0x31))).toBe('syntax');
  });

  it('refuses a frame of a byte too much, and takes one that just fits', () => {
    expect(ruleOf(`"${'x'.repeat(1024 * 1024 - 2)}"`)).toBe('accepted');
    expect(ruleOf(`"${'x'.repeat(1024 * 1024 - 1)}"`)).toBe('size');
  });

  it('counts nesting on the bytes: 64 levels pass, 65 do not, and brackets in strings count for nothing', () => {
    expect(ruleOf('['.repeat(64) + ']'.repeat(64))).toBe('accepted');
    expect(ruleOf('['.repeat(65) + ']'.repeat(65))).toBe('nesting');
    expect(ruleOf(JSON.stringify('[{"\\'.repeat(1000)))).toBe('accepted');
    expect(ruleOf('[['.repeat(250_000))).toBe('nesting');
  });

  it('counts what lies inside, not what lies beside', () => {
    expect(ruleOf(`[${'[],{},'.repeat(500)}1]`)).toBe('accepted');
    expect(ruleOf(`{${Array.from({ length: 200 }, (_, index) => `"k${index}":{"a":[]}`).join(',')}}`)).toBe('accepted');
  });

  it.each<[string, string]>([
    ['{"prototype":1}', 'a key is prototype'],
    ['"\\ud800"', 'a string holds NUL or half a surrogate pair'],
    ['{"\\udc00":1}', 'a key holds NUL or half a surrogate pair'],
    ['[1e999]', 'a number is out of range'],
    ['[1,]', 'not JSON'],
    [`"${'x'.repeat(1024 * 1024)}"`, 'larger than 1048576 bytes'],
    ['[['.repeat(40), 'nested deeper than 64'],
  ])('says what is wrong: %.30s', (text, words) => {
    expect(() => parseVetted(bytes(text))).toThrow(words);
  });

  it('says so of other encodings as well', () => {
    expect(() => parseVetted(Uint8Array.of(0x22, 0xff, 0x22))).toThrow('not UTF-8');
  });

  it('walks only what may hide something', () => {
    for (const text of ['{"a":1}', '"e12"', '[1e99]', `[${'9'.repeat(299)}]`, '"\\n"'])
      expect([text, needsWalk(text)]).toEqual([text, false]);
    for (const text of ['"\\u0000"', '__proto__', 'constructor', 'prototype', '1e999', '1E+999', '9'.repeat(300)])
      expect([text.slice(0, 20), needsWalk(text)]).toEqual([text.slice(0, 20), true]);
  });

  it('lets every plain value pass a walk, at any depth', () => {
    for (const value of ['text', 0, -1.5, true, false, null, [], {}, [null, [1]], { a: null, b: [{ c: 'd' }] }])
      expect(() => assertClean(value)).not.toThrow();
    for (const value of [['\0'], [[Number.POSITIVE_INFINITY]], { a: { prototype: 1 } }, [{ a: ['\ud800'] }]])
      expect(() => assertClean(value)).toThrow(ProtocolFault);
  });

  it('is judged before JSON.parse sees it', () => {
    expect(() => assertShallow(bytes('{"a":'.repeat(65)))).toThrow(/nested deeper/);
  });

  it('keeps the last of equal keys, and only that one is judged and used', () => {
    expect(parseVetted(bytes('{"a":1,"a":2}'))).toEqual({ a: 2 });
  });
});

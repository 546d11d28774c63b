import { describe, expect, it } from '@jest/globals';
import { ProtocolFault } from './errors.js';
import { assertShallow, parseVetted } from './vetting.js';

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

  it('is judged before JSON.parse sees it', () => {
    expect(() => assertShallow(bytes('{"a":'.repeat(65)))).toThrow(/nested deeper/);
  });

  it('keeps the last of equal keys, and only that one is judged and used', () => {
    expect(parseVetted(bytes('{"a":1,"a":2}'))).toEqual({ a: 2 });
  });
});

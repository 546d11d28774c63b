import { describe, expect, it } from '@jest/globals';
import { BadPointer, tokensOf, valueAt, withValueAt } from './json-pointer.rules.js';

describe('JSON pointers', () => {
  it('read as RFC 6901 says', () => {
    const document = { foo: ['bar', 'baz'], '': 0, 'a/b': 1, 'm~n': 8, nothing: null };
    const at = (pointer: string) => valueAt(document, tokensOf(pointer));
    expect([at(''), at('/foo'), at('/foo/0'), at('/'), at('/a~1b'), at('/m~0n'), at('/nothing')]).toEqual([
      document,
      document.foo,
      'bar',
      0,
      1,
      8,
      null,
    ]);
    expect([at('/foo/2'), at('/foo/-'), at('/foo/01'), at('/foo/length'), at('/none/x'), at('/foo/0/length'), at('/toString')]).toEqual(
      Array(7).fill(undefined),
    );
  });

  it('write into a copy', () => {
    const document = { a: { b: 1 }, list: [1] };
    expect(withValueAt(document, tokensOf('/a/c'), 2)).toEqual({ a: { b: 1, c: 2 }, list: [1] });
    expect(withValueAt(document, tokensOf('/list/1'), 2)).toEqual({ a: { b: 1 }, list: [1, 2] });
    expect(withValueAt(undefined, tokensOf('/x/y'), 1)).toEqual({ x: { y: 1 } });
    expect(withValueAt(document, [], 5)).toBe(5);
    expect(document).toEqual({ a: { b: 1 }, list: [1] });
    expect(() => withValueAt(document, tokensOf('/list/5'), 1)).toThrow(BadPointer);
    expect(() => withValueAt({ a: 'text' }, tokensOf('/a/b'), 1)).toThrow(BadPointer);
  });

  it.each(['a', '/a~', '/a~2', '/__proto__/x', '/constructor', '/a/prototype', '/a'.repeat(33)])('refuse %j', (pointer) => {
    expect(() => tokensOf(pointer)).toThrow(BadPointer);
  });
});

import { describe, expect, it } from '@jest/globals';
import type { Json } from '../json.js';
import { closureOf } from './jq-closures.rules.js';
import { simpleSyntax } from './jq-syntax.rules.js';
import { Unsure } from './jq-values.rules.js';

// Equality with real jq on generated programs is held by jq-evaluator.spec.ts; here the corners have names.
describe('a closure', () => {
  it.each<[string, Json, Json]>([
    ['.a.b', { a: null }, null],
    ['.[-1]', [1, 2], 2],
    ['.a // "none"', { a: false }, 'none'],
    ['.a and .b', { a: 0, b: '' }, true],
    ['"é😀" | length', null, 2],
    ['keys', { b: 1, a: 2 }, ['a', 'b']],
    ['. - [1]', [1, 2, 1], [2]],
    ['. + {a: 2}', { a: 1, b: 1 }, { a: 2, b: 1 }],
    ['null + 1', null, 1],
    ['-5 % 3', null, -2],
    ['if . then 1 else 2 end', 0, 1],
    ['{a, "b": .c, (.d): 1}', { a: 1, c: 2, d: 'e' }, { a: 1, b: 2, e: 1 }],
    ['. as $x | [$x, $outer]', 1, [1, 'o']],
    ['"\\(.)"', { a: [1, 'x'] }, '{"a":[1,"x"]}'],
  ])('%s of %j', (program, input, result) => {
    expect(run(program, input)).toEqual(result);
  });

  it.each<[string, Json]>([
    ['.a', 1],
    ['1 / 0', null],
    ['"a" * 2', null],
    ['$nobody', null],
    ['length', true],
    ['-.', 'x'],
    ['{(1): 2}', null],
    ['0 * -1', null],
    ['. == .a', nested(30_000)],
  ])('%s gives up, so that jq says it in its own words', (program, input) => {
    expect(() => run(program, input)).toThrow();
  });

  it('keeps a member called __proto__ a member', () => {
    const made = run('{"__proto__": {"polluted": true}}', null);
    expect(Object.keys(made as object)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
    expect(run('.toString', {})).toBeNull();
  });

  it('is bounded in its work', () => {
    expect(() => run(`${'[.,.]|'.repeat(20)}tojson`, 1)).toThrow(Unsure);
  });

  it('does not exist for what only jq knows', () => {
    expect(closureOf(simpleSyntax('test("a")')!)).toBeNull();
  });
});

function run(program: string, input: Json): Json {
  return closureOf(simpleSyntax(program)!)!(input, { scope: null, variables: { outer: 'o' }, fuel: { left: 10_000 } });
}

function nested(depth: number): Json {
  let value: Json = 1;
  for (let level = 0; level < depth; level += 1) value = { a: value };
  return value;
}

import { describe, expect, it } from '@jest/globals';
import { freeVariables, simpleSyntax } from './jq-syntax.rules.js';

describe('simple jq', () => {
  it('reads with jq’s precedence: a pipe binds least, an alternative to the right', () => {
    expect(simpleSyntax('.a // 1 | . + 2 * 3 == 7')).toEqual({
      is: 'binary',
      operator: '|',
      left: { is: 'binary', operator: '//', left: field('a'), right: literal(1) },
      right: {
        is: 'binary',
        operator: '==',
        left: {
          is: 'binary',
          operator: '+',
          left: { is: 'identity' },
          right: { is: 'binary', operator: '*', left: literal(2), right: literal(3) },
        },
        right: literal(7),
      },
    });
  });

  it('takes texts apart at their interpolations', () => {
    expect(simpleSyntax('"a\\(.b)\\n"')).toEqual({ is: 'text', parts: ['a', field('b'), '\n'] });
  });

  it.each([
    ...[
      '',
      '.[]',
      '..',
      '.a?',
      '1, 2',
      '[1 | 2, 3]',
      '1 == 2 == 3',
      '1.0',
      '1e3',
      '12345678901234567',
      'def f: .; f',
      'reduce . as $x (0; .)',
    ],
    ...[
      '$__loc__',
      '$ENV',
      '{a: 1 + 2}',
      '"\\x"',
      '"open',
      '(1',
      '.a = 1',
      '.a |= 1',
      'try 1',
      '# comment',
      '.[1:2]',
      'a::b',
      '@base64',
      '"\\ud800"',
    ],
  ])('leaves %s to real jq', (program) => {
    expect(simpleSyntax(program)).toBeNull();
  });

  it('bounds length and nesting', () => {
    expect(simpleSyntax(`${'('.repeat(63)}1${')'.repeat(63)}`)).not.toBeNull();
    expect(simpleSyntax(`${'('.repeat(64)}1${')'.repeat(64)}`)).toBeNull();
    expect(simpleSyntax(`"${'x'.repeat(2_000)}"`)).toBeNull();
  });

  it('knows the variables that come from outside', () => {
    expect([...freeVariables(simpleSyntax('$a + (1 as $b | $b + "\\($c)") | {$d, e: [$b]}')!)]).toEqual(['a', 'c', 'd', 'b']);
  });
});

function literal(value: number | string) {
  return { is: 'literal', value };
}

function field(name: string) {
  return { is: 'index', of: { is: 'identity' }, by: literal(name) };
}

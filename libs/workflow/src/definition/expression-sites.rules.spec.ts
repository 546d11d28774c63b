import { describe, expect, it } from '@jest/globals';
import { expressionsOf, judgeExpressions } from './expression-sites.rules.js';
import { set, workflow } from './testing/documents.js';

const found = (tasks: unknown, more = {}) =>
  judgeExpressions(workflow(tasks, more)).findings.map(({ code, pointer }) => `${code} ${pointer}`);

describe('expressions', () => {
  it('are found where the DSL has them: with braces in data, with or without where one is asked for', () => {
    const document = workflow(
      [
        {
          a: { set: { x: '${ .a }', y: 'plain ${ .b }', z: ['${.c}'] }, if: '.d', output: { as: '.e' }, export: { as: { k: '${ .f }' } } },
        },
        { b: { for: { in: '.g' }, while: '.h', do: [set('i')] } },
        { c: { switch: [{ k: { when: '.j', then: 'end' } }] } },
        { d: { try: [set('t')], catch: { when: '.k', retry: { when: '.l', delay: '${ .m }' } } } },
        { e: { listen: { to: { one: { with: { type: 'x', data: '${ .n }' }, correlate: { o: { from: '.o', expect: 'literal' } } } } } } },
        { f: { wait: '${ .p }' } },
      ],
      { input: { from: '.q' } },
    );
    expect(Object.fromEntries(expressionsOf(document).map(({ pointer, program }) => [program, pointer]))).toEqual({
      '.a': '/do/0/a/set/x',
      '.c': '/do/0/a/set/z/0',
      '.d': '/do/0/a/if',
      '.e': '/do/0/a/output/as',
      '.f': '/do/0/a/export/as/k',
      '.g': '/do/1/b/for/in',
      '.h': '/do/1/b/while',
      '.j': '/do/2/c/switch/0/k/when',
      '.k': '/do/3/d/catch/when',
      '.l': '/do/3/d/catch/retry/when',
      '.m': '/do/3/d/catch/retry/delay',
      '.n': '/do/4/e/listen/to/one/with/data',
      '.o': '/do/4/e/listen/to/one/correlate/o/from',
      '.p': '/do/5/f/wait',
      '.q': '/input/from',
    });
  });

  it.each([
    ['a known variable', [{ a: { set: { x: '${ $context.y + $workflow.id }' } } }], []],
    ['an unknown one', [{ a: { set: { x: '${ $contxt.y }' } } }], ['WORKFLOW_VARIABLE_UNKNOWN /do/0/a/set/x']],
    [
      'one of a loop inside it',
      [{ a: { for: { each: 'row', in: '.' }, while: '$row.ok', do: [{ b: { set: { x: '${ [$row, $index] }' } } }] } }],
      [],
    ],
    [
      'one of a loop outside it',
      [{ a: { for: { each: 'row', in: '$row' }, do: [set('b')] } }],
      ['WORKFLOW_VARIABLE_UNKNOWN /do/0/a/for/in'],
    ],
    [
      'the error of a catch',
      [{ a: { try: [set('b')], catch: { when: '$error.status == 503', do: [{ c: { set: { x: '${ $error }' } } }] } } }],
      [],
    ],
    [
      'the output where there is none yet',
      [{ a: { set: { x: '${ $output }' }, export: { as: '$output' } } }],
      ['WORKFLOW_VARIABLE_UNKNOWN /do/0/a/set/x'],
    ],
  ])('judges %s', (_, tasks, expected) => {
    expect(found(tasks)).toEqual(expected);
  });

  it('leaves to jq what only jq can judge', () => {
    const { findings, undecided } = judgeExpressions(workflow([{ a: { set: { x: '${ [.[] | select(. > $y)] }' } } }]));
    expect(findings).toEqual([]);
    expect(undecided.map(({ pointer }) => pointer)).toEqual(['/do/0/a/set/x']);
  });

  it('lets a listed secret be', () => {
    expect(found([{ a: { set: { x: '${ $secrets.key }' } } }], { use: { secrets: ['key'] } })).toEqual([]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { emptyWorkflow, flowFindings } from './flow.rules.js';
import { set, workflow } from './testing/documents.js';

const found = (tasks: unknown, more = {}) => flowFindings(workflow(tasks, more)).map(({ code, pointer }) => `${code} ${pointer}`);
const cases = (...list: readonly object[]) => ({ switch: list });

describe('the flow', () => {
  it('has no word about a sound workflow: jumps, cases, exits, branches', () => {
    const tasks = [
      { choose: cases({ big: { when: '.x > 1', then: 'last' } }, { other: { then: 'continue' } }) },
      set('middle', { then: 'end' }),
      { last: { fork: { branches: [set('one'), set('two', { then: 'exit' })] } } },
    ];
    expect(found(tasks)).toEqual([]);
  });

  it.each([
    ['a `then` to nowhere', [set('a', { then: 'nowhere' })], ['WORKFLOW_TARGET_UNKNOWN /do/0/a/then']],
    ['a `then` to another list', [{ a: { do: [set('b', { then: 'c' })] } }, set('c')], ['WORKFLOW_TARGET_UNKNOWN /do/0/a/do/0/b/then']],
    ['a case to nowhere', [{ a: cases({ x: { when: '.', then: 'b' } }) }], ['WORKFLOW_TARGET_UNKNOWN /do/0/a/switch/0/x/then']],
    [
      'a branch that jumps to another',
      [{ a: { fork: { branches: [set('b', { then: 'd' }), set('c'), set('d')] } } }],
      ['WORKFLOW_TARGET_UNKNOWN /do/0/a/fork/branches/0/b/then'],
    ],
    ['equal names in one list', [set('a'), set('a')], ['WORKFLOW_TASK_NAME_DUPLICATE /do/1/a']],
    ['equal names in different lists', [set('a'), { b: { do: [set('a')] } }], []],
    ['a name that is a directive', [set('end')], ['WORKFLOW_TASK_NAME_DUPLICATE /do/0/end']],
    [
      'equal names of cases',
      [{ a: cases({ x: { when: '.', then: 'end' } }, { x: { then: 'end' } }) }],
      ['WORKFLOW_TASK_NAME_DUPLICATE /do/0/a/switch/1/x'],
    ],
    ['a second default', [{ a: cases({ x: { then: 'end' } }, { y: { then: 'end' } }) }], ['WORKFLOW_TARGET_UNKNOWN /do/0/a/switch/1/y']],
    ['what stands behind an end', [set('a', { then: 'end' }), set('b')], ['WORKFLOW_TASK_UNREACHABLE /do/1/b']],
    ['what stands behind a raise', [{ a: { raise: { error: 'x' } } }, set('b')], ['WORKFLOW_TASK_UNREACHABLE /do/1/b']],
    ['what stands behind a raise that may be skipped', [{ a: { raise: { error: 'x' }, if: '.x' } }, set('b')], []],
    [
      'a ring that nothing leads to',
      [set('a', { then: 'end' }), set('b', { then: 'c' }), set('c', { then: 'b' })],
      ['WORKFLOW_TASK_UNREACHABLE /do/1/b', 'WORKFLOW_TASK_UNREACHABLE /do/2/c'],
    ],
    ['a fork without branches', [{ a: { fork: { branches: [] } } }], ['WORKFLOW_BRANCHES_MISSING /do/0/a/fork/branches']],
    ['nothing to try', [{ a: { try: [], catch: {} } }], ['WORKFLOW_BRANCHES_MISSING /do/0/a/try']],
    ['an empty loop', [{ a: { for: { in: '.' }, do: [] } }], ['WORKFLOW_BRANCHES_MISSING /do/0/a/do']],
    ['a shell', [{ a: { run: { shell: { command: 'ls' } } } }], ['WORKFLOW_TASK_FORBIDDEN /do/0/a/run/shell']],
    ['a script', [{ a: { run: { script: { language: 'js', code: '1' } } } }], ['WORKFLOW_TASK_FORBIDDEN /do/0/a/run/script']],
    ['a container', [{ a: { run: { container: { image: 'x' } } } }], ['WORKFLOW_TASK_FORBIDDEN /do/0/a/run/container']],
    ['another workflow', [{ a: { run: { workflow: { namespace: 'n', name: 'w', version: '1.0.0' } } } }], []],
  ])('judges %s', (_, tasks, expected) => {
    expect(found(tasks)).toEqual(expected);
  });

  it('judges functions and compensations as lists of their own', () => {
    expect(found([set('a', { metadata: { kari: { compensate: [set('u', { then: 'x' })] } } })])).toEqual([
      'WORKFLOW_TARGET_UNKNOWN /do/0/a/metadata/kari/compensate/0/u/then',
    ]);
    expect(found([set('a')], { use: { functions: { f: { do: [] } } } })).toEqual(['WORKFLOW_BRANCHES_MISSING /use/functions/f/do']);
  });

  it('suggests what was meant', () => {
    expect(flowFindings(workflow([set('digest', { then: 'digests' })]))[0]?.fix).toBe('Did you mean "digest"?');
  });

  it('wants at least one task', () => {
    expect(emptyWorkflow(workflow([])).map(({ pointer }) => pointer)).toEqual(['/do']);
    expect(emptyWorkflow(workflow([set('a')]))).toEqual([]);
  });
});

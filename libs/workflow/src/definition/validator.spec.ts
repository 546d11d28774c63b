import { afterAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { B } from '../plugins/testing/plugin-room.js';
import { conformanceDocuments } from './testing/conformance-documents.js';
import { set, workflow } from './testing/documents.js';
import { languageRoom } from './testing/language-room.js';
import { mostTasks } from './validator.js';

const room = languageRoom();
afterAll(() => room.close());

describe('a document', () => {
  it.each(Object.entries(conformanceDocuments))('is taken: %s', async (_, source) => {
    expect((await room.validate(source)).problems).toEqual([]);
  });

  it('is told with place, reason and what to do', async () => {
    const source = `document: { dsl: '1.0.3', name: sample, version: 1.0.0 }
do:
  - a: { call: text.repeat@1, with: { text: 5 } }
  - b: { set: { x: '\${ $contxt }' }, then: nowhere }
  - c: { wait: PT1H, extra: 1 }
`;
    expect((await room.validate(source)).problems).toEqual([
      {
        code: 'WORKFLOW_UNKNOWN_KEY',
        pointer: '/do/2/c/extra',
        line: 5,
        column: 22,
        reason: 'there is no key "extra" here',
        fix: expect.any(String) as unknown,
      },
    ]);
    expect(
      (await room.validate(source.replace(', extra: 1', ''))).problems.map(({ code, pointer, line }) => [code, pointer, line]),
    ).toEqual([
      ['WORKFLOW_INPUT_MISMATCH', '/do/0/a/with/text', 3],
      ['WORKFLOW_VARIABLE_UNKNOWN', '/do/1/b/set/x', 4],
      ['WORKFLOW_TARGET_UNKNOWN', '/do/1/b/then', 4],
      ['WORKFLOW_TASK_UNREACHABLE', '/do/2/c', 5],
    ]);
  });

  it.each([
    ['a kind that is misspelt', [{ a: { sett: {} } }], '/do/0/a', /"set"/],
    ['two tasks in one item', [{ a: {}, b: {} }], '/do/0', /one task/],
    ['no list', {}, '/do', /tasks/],
    ['a loop without `in`', [{ a: { for: { each: 'x' }, do: [set('b')] } }], '/do/0/a/for', /"in"/],
    ['a case without `then`', [{ a: { switch: [{ b: { when: '.' } }] } }], '/do/0/a/switch/0/b', /"then"/],
    ['a call of http without endpoint', [{ a: { call: 'http', with: { method: 'get' } } }], '/do/0/a/with', /"endpoint"/],
    [
      'a task deep inside',
      [{ a: { try: [{ b: { fork: { branches: [{ c: { wait: 5 } }] } } }], catch: {} } }],
      '/do/0/a/try/0/b/fork/branches/0/c/wait',
      /./,
    ],
    [
      'a compensation of no kind',
      [set('a', { metadata: { kari: { compensate: [{ b: {} }] } } })],
      '/do/0/a/metadata/kari/compensate/0/b',
      /./,
    ],
  ])('of the wrong shape is told where it is wrong: %s', async (_, tasks, pointer, fix) => {
    const { problems } = await room.validate(workflow(tasks));
    expect(problems.map((problem) => problem.pointer)).toContain(pointer);
    expect(problems.find((problem) => problem.pointer === pointer)?.fix).toMatch(fix);
  });

  it.each([
    ['1.0.0', []],
    ['1.0.9', []],
    ['1.1.0', ['WORKFLOW_DSL_UNSUPPORTED /document/dsl']],
    ['0.8', ['WORKFLOW_DSL_UNSUPPORTED /document/dsl']],
  ])('of DSL %s', async (dsl, expected) => {
    expect(await room.problems(workflow([set('a')], {}, { dsl }))).toEqual(expected);
  });

  it.each([
    ['an overlap that does not exist', {}, { kari: { overlap: 'maybe' } }, ['WORKFLOW_EXTENSION_INVALID /document/metadata/kari/overlap']],
    ['a key that does not exist', {}, { kari: { timezone: 'UTC' } }, ['WORKFLOW_EXTENSION_INVALID /document/metadata/kari/timezone']],
    ['no time zone', {}, { kari: { timeZone: 'Mars/Base' } }, ['WORKFLOW_TIME_ZONE_INVALID /document/metadata/kari/timeZone']],
    [
      'a concurrency above its limit',
      { metadata: { kari: { concurrency: 65 } } },
      {},
      ['WORKFLOW_EXTENSION_INVALID /do/0/a/metadata/kari/concurrency'],
    ],
    ['metadata of others', { metadata: { other: { anything: 1 } } }, { other: 1 }, []],
  ])('with %s', async (_, task, metadata, expected) => {
    expect(await room.problems(workflow([set('a', task)], {}, { metadata }))).toEqual(expected);
  });

  it('is judged by real jq where nothing simpler can', async () => {
    const expressions = (x: string) => room.problems(workflow([{ a: { set: { x } } }]));
    expect(await expressions('${ [.[] | select(. > 1)] }')).toEqual([]);
    expect(await expressions('${ .[ }')).toEqual(['WORKFLOW_EXPRESSION_INVALID /do/0/a/set/x']);
    expect(await expressions('${ [.[] | $nobody] }')).toEqual(['WORKFLOW_VARIABLE_UNKNOWN /do/0/a/set/x']);
    expect(await expressions('${ import "a" as a; 1 }')).toEqual(['WORKFLOW_EXPRESSION_INVALID /do/0/a/set/x']);
    expect(await expressions('${ def f: f; f }')).toEqual([]);
    expect(await expressions('not ${ .[ } an expression')).toEqual([]);
  });

  it('is judged in its tenant', async () => {
    const document = workflow([{ a: { call: 'text.repeat', with: { text: 'x' } } }]);
    const here = await room.validate(document);
    expect(here.problems).toEqual([]);
    expect(here.document?.do).toEqual([{ a: { call: 'text.repeat@1', with: { text: 'x' } } }]);
    expect((await room.validate(document, B)).problems.map(({ code }) => code)).toEqual(['PLUGIN_NOT_FOUND']);
  });

  it('is warned of what no run may do, at its place', async () => {
    const { problems, warnings } = await room.validate(
      workflow([
        {
          a: {
            call: 'asyncapi',
            with: { document: { endpoint: 'https://x.test' }, operation: 'x', subscription: { consume: { amount: 1 } } },
          },
        },
        { d: { call: 'asyncapi', with: { document: { endpoint: 'https://x.test' }, operation: 'x', message: {} } } },
        { b: { call: 'http', with: { method: 'get', endpoint: 'https://x.test' } } },
        {
          c: {
            call: 'grpc',
            with: { proto: { endpoint: 'https://example.test/a.proto' }, service: { name: 'A', host: 'example.test' }, method: 'ask' },
          },
        },
      ]),
    );
    expect(problems).toEqual([]);
    expect(warnings.map(({ code, pointer }) => `${code} ${pointer}`)).toEqual(['WORKFLOW_CONSTRUCT_UNSUPPORTED /do/0/a']);
  });

  it('has a limit of tasks', async () => {
    const many = (count: number) => workflow(Array.from({ length: count }, (_, index) => set(`t${index}`)));
    expect(await room.problems(many(mostTasks))).toEqual([]);
    expect(await room.problems(many(mostTasks + 1))).toEqual(['WORKFLOW_DOCUMENT_SIZE /do']);
  });

  it('of the reference is what the reference says it is', async () => {
    const page = readFileSync(new URL('../../../../docs/reference/workflow-language.md', import.meta.url), 'utf8');
    const samples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, sample]) => sample!);
    expect(samples.length).toBeGreaterThan(3);
    for (const sample of samples) expect({ sample, problems: (await room.validate(sample)).problems }).toEqual({ sample, problems: [] });
  });
});

import { describe, expect, it } from '@jest/globals';
import { compileForeignSchema } from '@kari/package';
import { contract } from '../plugins/testing/plugin-room.js';
import type { ProvidedPlugin } from '../plugins/plugin-catalogue.rules.js';
import { callFindings, neededCalls, withMajors, type CallFacts } from './call.rules.js';
import { platformOperations } from './platform-operations.js';
import { set, workflow } from './testing/documents.js';
import { textPlugin } from './testing/language-room.js';

const plugin = (extension: string, intent: string, of = contract(), enabled = true): ProvidedPlugin => ({
  intent,
  extension,
  extensionVersion: '1.0.0',
  enabled,
  contract: of,
});
const provided = [
  plugin('acme.text', 'text.repeat', textPlugin),
  plugin('acme.text', 'text.old', contract({ version: '1.0.0' })),
  plugin('acme.one', 'text.both'),
  plugin('acme.two', 'text.both'),
  plugin('acme.asleep', 'text.asleep', contract(), false),
];
const facts: CallFacts = {
  provided,
  operations: platformOperations,
  permission: null,
  misfits: (schema, value) => compileForeignSchema(schema).check(value),
};
const found = (tasks: unknown, more = {}, given: Partial<CallFacts> = {}) =>
  callFindings(workflow(tasks, more), { ...facts, ...given }).map(({ code, pointer }) => `${code} ${pointer}`);
const repeat = (given: unknown) => ({ call: 'text.repeat@1', with: given });

describe('a call', () => {
  it.each([
    ['a plugin', { a: repeat({ text: 'x' }) }, []],
    ['the plugin of an extension', { a: { call: 'acme.one/text.both@1', with: { n: 1 } } }, []],
    ['an operation of the platform', { a: { call: 'approval.request@1', with: { title: 'Pay?' } } }, []],
    ['http', { a: { call: 'http', with: {} } }, []],
    ['nothing', { a: { call: 'nonsense' } }, ['WORKFLOW_CALL_UNKNOWN /do/0/a/call']],
    ['a catalog', { a: { call: 'log:0.5.2@global' } }, ['WORKFLOW_CALL_UNKNOWN /do/0/a/call']],
    ['mcp', { a: { call: 'mcp', with: {} } }, ['WORKFLOW_TASK_FORBIDDEN /do/0/a/call']],
    ['a plugin that is not installed', { a: { call: 'text.absent@1' } }, ['PLUGIN_NOT_FOUND /do/0/a/call']],
    ['a plugin that is not enabled', { a: { call: 'text.asleep@1' } }, ['PLUGIN_NOT_ENABLED /do/0/a/call']],
    ['another major version', { a: { call: 'text.old@2' } }, ['PLUGIN_CONTRACT_MISMATCH /do/0/a/call']],
    ['a range', { a: { call: 'text.repeat@^1.9', with: { text: 'x' } } }, ['PLUGIN_CONTRACT_MISMATCH /do/0/a/call']],
    ['one of two', { a: { call: 'text.both@1', with: { n: 1 } } }, ['PLUGIN_AMBIGUOUS /do/0/a/call']],
    ['an operation with a wrong version', { a: { call: 'approval.request@9' } }, ['PLUGIN_CONTRACT_MISMATCH /do/0/a/call']],
  ])('means %s', (_, task, expected) => {
    expect(found([task])).toEqual(expected);
  });

  it('means a function of the document before anything else', () => {
    expect(found([{ a: { call: 'mine' } }], { use: { functions: { mine: set('x')['x'] } } })).toEqual([]);
  });

  it('of a workflow that an extension brings along is permitted as the extension is', () => {
    const permission = { extension: 'acme.notes', permits: ({ intent }: ProvidedPlugin) => intent === 'text.repeat' };
    expect(found([{ a: repeat({ text: 'x' }) }, { b: { call: 'text.old@1', with: { n: 1 } } }], {}, { permission })).toEqual([
      'PLUGIN_NOT_PERMITTED /do/1/b/call',
    ]);
  });

  it.each([
    [{ text: 1 }, ['WORKFLOW_INPUT_MISMATCH /do/0/a/with/text']],
    [{ text: 'far too long for this contract' }, ['WORKFLOW_INPUT_MISMATCH /do/0/a/with/text']],
    [{}, ['WORKFLOW_INPUT_MISMATCH /do/0/a/with']],
    [{ text: '${ .anything.that.may.come }' }, []],
    [{ text: '${ .x }', tyme: 2 }, ['WORKFLOW_INPUT_MISMATCH /do/0/a/with/tyme']],
    [{ times: '${ .x }' }, ['WORKFLOW_INPUT_MISMATCH /do/0/a/with']],
  ])('is given %j', (given, expected) => {
    expect(found([{ a: repeat(given) }])).toEqual(expected);
  });
});

describe('what one task hands to the next', () => {
  it.each([
    ['a text where a text is asked for', [{ a: repeat({ text: 'x' }) }, { b: repeat({ text: '${ .text }' }) }], []],
    [
      'a number where a text is asked for',
      [{ a: repeat({ text: 'x' }) }, { b: repeat({ text: '${ .length }' }) }],
      ['WORKFLOW_INPUT_MISMATCH /do/1/b/with/text'],
    ],
    [
      'what the output does not have',
      [{ a: repeat({ text: 'x' }) }, { b: repeat({ text: '${ .txet }' }) }],
      ['WORKFLOW_INPUT_MISMATCH /do/1/b/with/text'],
    ],
    [
      'a number that was set',
      [{ a: { set: { x: 1 } } }, { b: repeat({ text: '${ .x }' }) }],
      ['WORKFLOW_INPUT_MISMATCH /do/1/b/with/text'],
    ],
    ['what was set by an expression', [{ a: { set: { x: '${ .y }' } } }, { b: repeat({ text: '${ .x }' }) }], []],
    ['what was shaped on its way', [{ a: { ...repeat({ text: 'x' }), output: { as: '.' } } }, { b: repeat({ text: '${ .length }' }) }], []],
    [
      'what another task may hand over too',
      [{ a: repeat({ text: 'x' }) }, { b: repeat({ text: '${ .length }' }) }, set('c', { then: 'b' })],
      [],
    ],
  ])('%s', (_, tasks, expected) => {
    expect(found(tasks)).toEqual(expected);
  });
});

it('the stored document names the major version everywhere, and what its calls need', () => {
  const document = workflow(
    [
      { a: { fork: { branches: [{ b: { call: 'text.repeat' } }, { c: { call: 'http', with: {} } }] } } },
      { d: { call: 'acme.text/text.old@^1' } },
      { e: { call: 'f' } },
    ],
    { use: { functions: { f: { call: 'text.repeat' } } } },
  );
  const stored = withMajors(document, facts);
  expect(neededCalls(stored)).toEqual([
    { pointer: '/do/1/d/call', call: 'acme.text/text.old@^1' },
    { pointer: '/do/0/a/fork/branches/0/b/call', call: 'text.repeat@1' },
    { pointer: '/use/functions/f/call', call: 'text.repeat@1' },
  ]);
});

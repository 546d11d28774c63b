import { expect, it } from '@jest/globals';
import { documentOf, PlayingRun } from '../testing/playing-run.js';

const asked = (task: object, input: unknown, more = {}) =>
  [...new PlayingRun(documentOf([{ t: task as never }], more), input).state.tasks.values()].at(-1)?.arguments;

it('fills what an effect is made with from the values of this moment', () => {
  const call = { call: 'desk.a@1', with: { n: '${ .n }' }, metadata: { kari: { idempotencyKey: '"k" + .id' } } };
  expect(asked(call, { n: 2, id: '9' })).toEqual({ call: 'desk.a@1', with: { n: 2 }, key: 'k9' });
  const functions = { twice: { call: 'desk.a@1', with: { m: '${ .n }' } } };
  expect(asked({ call: 'twice', with: { n: '${ .n }' } }, { n: 2 }, { use: { functions } })).toEqual({ call: 'desk.a@1', with: { m: 2 } });
});

it('names a child run before it is started', () => {
  const child = { run: { workflow: { namespace: 'n', name: 'c', version: '1', input: { n: '${ .n }' } } } };
  expect(asked(child, { n: 2 })).toMatchObject({ run: expect.stringMatching(/^[0-9a-f-]{36}$/), input: { n: 2 }, await: true });
});

it('goes through lists alone', () => {
  const run = new PlayingRun(documentOf([{ each: { for: { in: '.n' }, do: [{ a: { set: {} } }] } }]), { n: 1 });
  expect(run.state.failure?.error.detail).toBe('what each goes through is no list');
});

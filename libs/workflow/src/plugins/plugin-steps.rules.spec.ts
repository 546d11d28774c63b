import { describe, expect, it } from '@jest/globals';
import type { PluginStep } from '../contract.js';
import { checkRun, inputOf } from './plugin-steps.rules.js';

const step = (id: string, more: Partial<PluginStep> = {}): PluginStep => ({ id, plugin: 'time.now', ...more });
const check =
  (steps: PluginStep[], mode: 'sequence' | 'parallel' = 'sequence', concurrency?: number) =>
  () =>
    checkRun({ mode, steps, ...(concurrency === undefined ? {} : { concurrency }) });

describe('the graph of steps', () => {
  it('may look back and at the input', () => {
    expect(check([step('a'), step('b', { from: { '/x': '/steps/a/n', '': '/input' } })])).not.toThrow();
    expect(check([step('a', { from: { '/x': '/input/y' } }), step('b')], 'parallel', 2)).not.toThrow();
  });

  it.each<[string, PluginStep[], ('sequence' | 'parallel')?, number?]>([
    ['no steps', []],
    ['too many', Array.from({ length: 33 }, (_, index) => step(`s${index}`))],
    ['a bad id', [step('A')]],
    ['an id twice', [step('a'), step('a')]],
    ['a look forward', [step('a', { from: { '/x': '/steps/b' } }), step('b')]],
    ['a look at itself', [step('a', { from: { '/x': '/steps/a' } })]],
    ['a look at nobody', [step('a', { from: { '/x': '/steps/z' } })]],
    ['a look beside it', [step('a'), step('b', { from: { '/x': '/steps/a' } })], 'parallel'],
    ['a pointer to nowhere', [step('a', { from: { '/x': '/other' } })]],
    ['no pointer', [step('a', { from: { '/x': 'input' } })]],
    ['a place that is no pointer', [step('a', { from: { x: '/input' } })]],
    ['a place in every object', [step('a', { from: { '/__proto__/x': '/input' } })]],
    ['too many at once', [step('a')], 'parallel', 17],
    ['none at once', [step('a')], 'parallel', 0],
    ['a long time', [step('a', { timeoutMs: 1e9 })]],
    ['many tries', [step('a', { retry: { attempts: 11 } })]],
  ])('refuses %s', (...[, steps, mode, concurrency]) => {
    expect(check(steps, mode, concurrency)).toThrow('PLUGIN_STEPS_INVALID');
  });

  it('refuses a plugin or fallback that cannot be read', () => {
    expect(check([step('a', { plugin: 'nonsense' })])).toThrow('PLUGIN_REFERENCE_INVALID');
    expect(check([step('a', { fallback: { plugin: 'nonsense' } })])).toThrow('PLUGIN_REFERENCE_INVALID');
  });
});

describe('the input of a step', () => {
  const scope = { input: { zone: 'UTC' }, steps: { a: { list: [1, 2], none: null } } };

  it('is its own, with results laid over', () => {
    expect(
      inputOf(step('b', { input: { x: 1, y: { z: 2 } }, from: { '/y/w': '/steps/a/list/1', '/zone': '/input/zone' } }), scope),
    ).toEqual({ x: 1, y: { z: 2, w: 2 }, zone: 'UTC' });
    expect(inputOf(step('b', { from: { '': '/steps/a/list' } }), scope)).toEqual([1, 2]);
    expect(inputOf(step('b', { from: { '/n': '/steps/a/none' } }), scope)).toEqual({ n: null });
    expect(inputOf(step('b'), scope)).toEqual({});
  });

  it('is missing where a pointer leads nowhere', () => {
    expect(() => inputOf(step('b', { from: { '/x': '/steps/a/absent' } }), scope)).toThrow('PLUGIN_STEP_INPUT_MISSING');
    expect(() => inputOf(step('b', { input: 'text', from: { '/x': '/input' } }), scope)).toThrow('PLUGIN_STEPS_INVALID');
  });
});

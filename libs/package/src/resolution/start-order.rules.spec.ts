import { describe, expect, it } from '@jest/globals';
import { startOrder, type Startable } from './start-order.rules.js';

const item = (extension: string, needsOneOf: readonly (readonly string[])[] = [], more: Partial<Startable> = {}): Startable => ({
  extension,
  prefers: [],
  needsOneOf,
  runs: false,
  ...more,
});

describe('the order of starting', () => {
  it('puts what is needed first, and goes by id where nothing decides', () => {
    expect(startOrder([item('b'), item('a', [['c']]), item('c')]).order).toEqual(['b', 'c', 'a']);
    expect(startOrder([item('c'), item('a', [['c']]), item('b')]).order).toEqual(['b', 'c', 'a']);
  });
  it('waits for one of several, and prefers without insisting', () => {
    expect(startOrder([item('a', [['y', 'z']]), item('z', [['a']]), item('y')]).order).toEqual(['y', 'a', 'z']);
    expect(startOrder([item('a', [], { prefers: ['b'] }), item('b')]).order).toEqual(['b', 'a']);
    expect(startOrder([item('a', [], { prefers: ['b'] }), item('b', [['a']])]).order).toEqual(['a', 'b']);
  });
  it('names who waits in a circle, unless one of them runs already', () => {
    const circle = [item('a', [['b']]), item('b', [['a']])];
    expect(startOrder([...circle, item('c')])).toEqual({ order: ['c'], stuck: ['a', 'b'] });
    expect(startOrder([circle[0]!, { ...circle[1]!, runs: true }])).toEqual({ order: ['b', 'a'], stuck: [] });
  });
});

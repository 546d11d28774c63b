import { expect, it } from '@jest/globals';
import { movedTo, nameIn, nameOf } from './moves.rules.js';

const moves = { '/do/0/a': '/do/1/b', '/do/0/a/do/0/x': '/do/1/b/do/2/y', '/do/1/b': null };

it.each([
  ['/do', '/do'],
  ['/do/0/a', '/do/1/b'],
  // What stands below moves along, unless it has a word of its own.
  ['/do/0/a/do/3/z', '/do/1/b/do/3/z'],
  ['/do/0/a/do/0/x', '/do/1/b/do/2/y'],
  ['/do/0/ab', '/do/0/ab'],
  ['/do/1/b/do/0/c', null],
])('%s stands at %s', (from, to) => expect(movedTo(moves, from)).toBe(to));

it('names a place as the run knew it first, through every migration', () => {
  expect(nameOf([], '/do/1/b')).toBe('/do/1/b');
  expect(nameOf([moves], '/do/1/b')).toBe('/do/0/a');
  expect(nameOf([moves], '/do/1/b/do/2/y')).toBe('/do/0/a/do/0/x');
  expect(nameOf([moves], '/do/1/b/do/3/z')).toBe('/do/0/a/do/3/z');
  expect(nameOf([moves, { '/do/1/b': '/do/5/c' }], '/do/5/c/do/3/z')).toBe('/do/0/a/do/3/z');
});

it('gives a place that was not there a name of its own where its pointer names something else already', () => {
  expect(nameOf([moves], '/do/7/fresh')).toBe('/do/7/fresh');
  expect(nameOf([moves], '/do/0/a')).toBe('/do/0/a~m1');
  expect(nameOf([moves, { '/do/0/a': '/do/2/a' }], '/do/2/a')).toBe('/do/0/a~m1');
  expect(nameOf([moves, { '/do/0/a': '/do/2/a' }], '/do/0/a')).toBe('/do/0/a~m2');
});

it('tells the name of a task without its repetition', () => {
  expect(nameIn({ id: '/do/0/a', iteration: '' })).toBe('/do/0/a');
  expect(nameIn({ id: '/do/0/a#2.v1', iteration: '2.v1' })).toBe('/do/0/a');
});

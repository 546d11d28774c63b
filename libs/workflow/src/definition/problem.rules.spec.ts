import { expect, it } from '@jest/globals';
import { below, inPlace, type Finding } from './problem.rules.js';

it('a problem is told once, in the order of the text', () => {
  const finding = (pointer: string): Finding => ({ code: 'WORKFLOW_DOCUMENT_SHAPE', pointer, reason: 'r', fix: 'f' });
  const problems = inPlace([finding('/b'), finding('/a'), finding('/b')], ({ pointer }) => ({ line: pointer === '/a' ? 1 : 2, column: 1 }));
  expect(problems.map(({ pointer, line }) => [pointer, line])).toEqual([
    ['/a', 1],
    ['/b', 2],
  ]);
});

it('a pointer escapes what stands for itself', () => {
  expect(below('/do', 0, 'a/b~c')).toBe('/do/0/a~1b~0c');
});

import { expect, it } from '@jest/globals';
import { resourceClasses } from './resource-class.rules.js';

const MIB = 1024 * 1024;

it('the classes are those of the documentation', () => {
  const { S, M, L } = resourceClasses;
  expect([S, M, L].map(({ heapMegabytes, memoryBytes, callMilliseconds }) => [heapMegabytes, memoryBytes / MIB, callMilliseconds])).toEqual(
    [
      [64, 128, 10_000],
      [256, 512, 120_000],
      [512, 1024, 900_000],
    ],
  );
  expect([S.dataBytes / MIB, M.dataBytes / MIB, L.dataBytes / MIB]).toEqual([768, 1674, 2186]);
  expect([S, M, L].map(({ residentBytes, memoryBytes }) => residentBytes / memoryBytes)).toEqual([1.5, 1.5, 1.5]);
  expect([S, M, L].map(({ bundleBytes, deadlineReplacesHeartbeat }) => [bundleBytes / MIB, deadlineReplacesHeartbeat])).toEqual([
    [2, false],
    [16, true],
    [16, true],
  ]);
});

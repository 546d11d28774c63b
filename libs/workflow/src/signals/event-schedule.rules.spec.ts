import { expect, it } from '@jest/globals';
import type { EventConsumption } from '../definition/document.js';
import { documentOf } from '../run/testing/playing-run.js';
import { startingFilters, unsupportedSchedule } from './event-schedule.rules.js';

const [a, b] = [{ with: { type: 'a' } }, { with: { type: 'b' } }];

it.each<[EventConsumption, readonly unknown[], string | null]>([
  [{ one: a }, [a], null],
  [{ any: [a, b] }, [a, b], null],
  [{ any: [] }, [{ with: {} }], null],
  [{ all: [a, b] }, [], 'schedule.on: all'],
  [{ any: [a], until: '. | length > 1' }, [], 'schedule.on: until'],
])('starts by %j', (on, filters, unsupported) => {
  const document = documentOf([], { schedule: { on } });
  expect(startingFilters(document)).toEqual(filters);
  expect(unsupportedSchedule(document.schedule)).toBe(unsupported);
});

it('starts by nothing where nothing is said', () => {
  expect(startingFilters(documentOf([]))).toEqual([]);
  expect(startingFilters(documentOf([], { schedule: { every: 'PT1M' } }))).toEqual([]);
});

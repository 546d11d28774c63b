import { expect, it } from '@jest/globals';
import { RouteLoad } from './route-load.js';

const limits = { perExtension: 2, calls: 3, bytes: 100 };

it('lets so many calls of an extension in, and so many in all', () => {
  const load = new RouteLoad(limits);
  const leave = load.enter('a', 'acme.notes');
  load.enter('a', 'acme.notes');
  expect(() => load.enter('a', 'acme.notes')).toThrow('CONTRIBUTION_ROUTE_BUSY');
  load.enter('b', 'acme.notes');
  expect(() => load.enter('b', 'acme.other')).toThrow('CONTRIBUTION_ROUTE_BUSY');
  leave();
  leave();
  expect(load.now().calls).toBe(2);
  load.enter('a', 'acme.notes');
  expect(() => load.enter('a', 'acme.notes')).toThrow('CONTRIBUTION_ROUTE_BUSY');
});

it('holds no more bytes than there is room for', () => {
  const load = new RouteLoad(limits);
  const release = load.hold(60);
  expect(() => load.hold(41)).toThrow('CONTRIBUTION_ROUTE_BUSY');
  load.hold(40);
  release();
  release();
  expect(load.now().bytes).toBe(40);
});

import { expect, it } from '@jest/globals';
import type { HttpRoute } from '@kari/protocol/manifest';
import { findRoute, routeTable } from './route-table.rules.js';

const route = (method: HttpRoute['method'], path: string): HttpRoute => ({ method, path, description: 'x', response: true });
const table = routeTable({
  http: {
    routes: {
      any: route('GET', '/notes/{id}'),
      newest: route('GET', '/notes/newest'),
      change: route('PUT', '/notes/{id}'),
      root: route('POST', '/'),
    },
  },
});

it('finds the route that says most about the path', () => {
  expect(findRoute(table, 'GET', ['notes', 'newest'])).toMatchObject({ kind: 'found', name: 'newest', params: {} });
  expect(findRoute(table, 'GET', ['notes', '7'])).toMatchObject({ kind: 'found', name: 'any', params: { id: '7' } });
  expect(findRoute(table, 'POST', [])).toMatchObject({ kind: 'found', name: 'root' });
});

it('goes on to a wider path when only that has the method', () => {
  expect(findRoute(table, 'PUT', ['notes', 'newest'])).toMatchObject({ name: 'change', params: { id: 'newest' } });
});

it('answers HEAD as GET', () => {
  expect(findRoute(table, 'HEAD', ['notes', '7'])).toMatchObject({ name: 'any' });
});

it('tells a path that is there under other methods from one that is not there', () => {
  expect(findRoute(table, 'DELETE', ['notes', 'newest'])).toEqual({ kind: 'method', allowed: ['GET', 'HEAD', 'PUT'] });
  expect(findRoute(table, 'TRACE', [])).toEqual({ kind: 'method', allowed: ['POST'] });
  expect(findRoute(table, 'GET', ['note'])).toEqual({ kind: 'none' });
  expect(findRoute(routeTable({}), 'GET', [])).toEqual({ kind: 'none' });
});

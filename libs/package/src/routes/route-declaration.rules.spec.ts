import { describe, expect, it } from '@jest/globals';
import type { HttpRoute } from '@kari/protocol/manifest';
import { isHidden, routeProblems } from './route-declaration.rules.js';

const sound: HttpRoute = { method: 'POST', path: '/notes/{id}', description: 'x', response: {} };
const told = (change: Partial<HttpRoute>): readonly string[] => routeProblems({ ...sound, ...change }).map(({ key }) => key);

describe('a declared route', () => {
  it.each<[string, Partial<HttpRoute>]>([
    ['as it is', {}],
    ['with a right', { right: 'acme.notes:note.read' }],
    ['public with its reason', { public: true, reason: 'For watchers.' }],
    ['with its part described', { params: { properties: { id: {} } } }],
    ['with headers of the request itself', { headers: ['accept', 'if-none-match', 'x-request-source'] }],
    ['with a form', { bodyType: 'form', body: {} }],
    ['with bytes both ways', { bodyType: 'bytes', body: true, response: true, responseType: 'image/png' }],
    ['with text of its own type', { responseType: 'text/csv' }],
  ])('%s is accepted', (_name, change) => expect(told(change)).toEqual([]));

  it.each<[string, Partial<HttpRoute>, string]>([
    ['public with a right', { public: true, reason: 'For watchers.', right: 'acme.notes:note.read' }, 'right'],
    ['public without a reason', { public: true }, 'public'],
    ['with a reason for nothing', { reason: 'For watchers.' }, 'reason'],
    ['that climbs', { path: '/a/../b' }, 'path'],
    ['with one name for two parts', { path: '/{id}/{id}' }, 'path'],
    ['with a described part that is not there', { params: { properties: { key: {} } } }, 'params'],
    ['that wants credentials', { headers: ['authorization'] }, 'headers'],
    ['that wants cookies', { headers: ['cookie'] }, 'headers'],
    ['by GET with a body', { method: 'GET', body: {} }, 'body'],
    ['with a type of no body', { bodyType: 'text' }, 'bodyType'],
    ['with a schema of bytes', { bodyType: 'bytes', body: { type: 'string' } }, 'body'],
    ['that answers a script', { responseType: 'text/javascript', response: true }, 'responseType'],
    ['that answers bytes by a schema', { responseType: 'image/png' }, 'response'],
  ])('%s is refused', (_name, change, key) => expect(told(change)).toEqual([key]));
});

it.each(['proxy-authorization', 'x-forwarded-for', 'sec-fetch-site', 'kari-tenant', 'content-length', 'x-http-method-override', 'origin'])(
  'never shows %s',
  (header) => expect(isHidden(header)).toBe(true),
);

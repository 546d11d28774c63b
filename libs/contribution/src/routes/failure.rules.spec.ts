import { expect, it } from '@jest/globals';
import { rejected } from '@kari/kernel';
import { retryAfter, statusOf, toldAtTheDoor, toldOf } from './failure.rules.js';
import type { RoutePlace } from './route-place.rules.js';

const place = { extension: 'acme.notes', version: '1.0.0', name: 'list', route: { method: 'GET' } } as unknown as RoutePlace;

it.each([
  ['SANDBOX_QUARANTINED', 503],
  ['SANDBOX_BACKING_OFF', 503],
  ['SANDBOX_BUSY', 503],
  ['SANDBOX_TOO_MANY', 503],
  ['SANDBOX_DEADLINE', 504],
  ['CONTRIBUTION_ROUTE_METHOD', 405],
  ['CONTRIBUTION_ROUTE_BODY_SLOW', 408],
  ['CONTRIBUTION_ROUTE_ANSWER', 502],
  ['REQUEST_TOO_LARGE', 413],
  ['REQUEST_RATE_LIMITED', 429],
  ['REQUEST_DENIED', 403],
  ['nothing known', 500],
])('%s is %i', (code, status) => expect(statusOf(rejected(code))).toBe(status));

it.each(['SANDBOX_NOT_ENABLED', 'SANDBOX_NOT_INSTALLED', 'SANDBOX_TENANT_INACTIVE'])(
  '%s in mid-call is told as a route that is not there',
  (code) => {
    const told = toldOf(rejected(code, { extension: 'acme.notes', status: 'disabled' }), place);
    expect([told.code, statusOf(told), told.facts]).toEqual(['CONTRIBUTION_ROUTE_UNKNOWN', 404, { method: 'GET' }]);
  },
);

it('a tenant that is closed has no routes', () => {
  expect(toldAtTheDoor(rejected('TENANCY_TENANT_SUSPENDED', { tenant: 'a' }), 'POST').code).toBe('CONTRIBUTION_ROUTE_UNKNOWN');
  expect(toldAtTheDoor(rejected('REQUEST_UNAUTHENTICATED'), 'POST').code).toBe('REQUEST_UNAUTHENTICATED');
});

it.each(['PLUGIN_FAILED', 'SANDBOX_CRASHED', 'SANDBOX_START_FAILED', 'SANDBOX_BUNDLE_CHANGED'])(
  'of %s the caller learns the extension alone',
  (code) => {
    const told = toldOf(rejected(code, { message: 'at /srv/secret', details: { password: 'x' } }), place);
    expect([told.code, told.facts]).toEqual([
      'CONTRIBUTION_ROUTE_FAILED',
      { route: 'acme.notes/list', extension: 'acme.notes', version: '1.0.0' },
    ]);
  },
);

it('a host that is too weak is told as not now', () => {
  expect(statusOf(toldOf(rejected('SANDBOX_LEVEL_TOO_LOW', { reached: 'L1' }), place))).toBe(503);
});

it('says when to come again', () => {
  expect(retryAfter(rejected('REQUEST_RATE_LIMITED', { retryAfterSeconds: 7 }))).toBe(7);
  expect(retryAfter(rejected('SANDBOX_BACKING_OFF', { milliseconds: 1_200 }))).toBe(2);
  expect(retryAfter(rejected('CONTRIBUTION_ROUTE_BUSY'))).toBe(1);
  expect(retryAfter(rejected('REQUEST_DENIED'))).toBeNull();
});

import { expect, it } from '@jest/globals';
import { declarations, declaredHandlers, undeclaredRoutes } from './handlers.js';
import type { Manifest } from './manifest.js';

const manifest = {
  plugins: { 'note.create': {}, 'note.list': {} },
  events: {
    subscribes: [
      { type: 'acme.core.saved.v1', reason: 'x' },
      { type: 'acme.core.saved.v1', reason: 'y' },
    ],
  },
  http: { routes: { list: {} } },
  tasks: { sync: {} },
} as unknown as Manifest;

it('asks for each plugin, each subscription, each route and each task once, and for no hook', () => {
  expect(declaredHandlers(manifest)).toEqual([
    'event:acme.core.saved.v1',
    'plugin:note.create',
    'plugin:note.list',
    'route:list',
    'task:sync',
  ]);
  expect(declaredHandlers({})).toEqual([]);
});

it('knows where each stands', () => {
  expect(declarations(manifest).map(({ pointer }) => pointer)).toEqual([
    '/plugins/note.create',
    '/plugins/note.list',
    '/events/subscribes/0',
    '/events/subscribes/1',
    '/http/routes/list',
    '/tasks/sync',
  ]);
});

it('finds routes that nothing declares, and leaves other handlers to others', () => {
  expect(undeclaredRoutes(manifest, ['route:list', 'route:lost', 'plugin:other', 'hook:onInstall'])).toEqual(['route:lost']);
});

import { expect, it } from '@jest/globals';
import { declaredHandlers } from './handlers.js';
import type { Manifest } from './manifest.js';

it('asks for each plugin, each subscription and each task once, and for no hook', () => {
  const manifest = {
    plugins: { 'note.create': {}, 'note.list': {} },
    events: {
      subscribes: [
        { type: 'acme.core.saved.v1', reason: 'x' },
        { type: 'acme.core.saved.v1', reason: 'y' },
      ],
    },
    tasks: { sync: {} },
  } as unknown as Manifest;
  expect(declaredHandlers(manifest)).toEqual(['event:acme.core.saved.v1', 'plugin:note.create', 'plugin:note.list', 'task:sync']);
  expect(declaredHandlers({})).toEqual([]);
});

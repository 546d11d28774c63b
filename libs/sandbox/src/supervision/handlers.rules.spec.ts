import { expect, it } from '@jest/globals';
import type { Manifest } from '@kari/protocol/manifest';
import { declaredHandlers } from './handlers.rules.js';

it('asks for each plugin and each subscription once, and for no hook', () => {
  const manifest = {
    plugins: { 'note.create': {}, 'note.list': {} },
    events: {
      subscribes: [
        { type: 'acme.core.saved.v1', reason: 'x' },
        { type: 'acme.core.saved.v1', reason: 'y' },
      ],
    },
  } as unknown as Manifest;
  expect(declaredHandlers(manifest)).toEqual(['plugin:note.create', 'plugin:note.list', 'event:acme.core.saved.v1']);
  expect(declaredHandlers({} as Manifest)).toEqual([]);
});

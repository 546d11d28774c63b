import { expect, it } from '@jest/globals';
import type { Installation } from '@kari/extension/contract';
import { ADDED, listener } from '../testing/automation-room.js';
import { belongsTo, subscribersOf } from './extension-event.rules.js';

const installation = (extension: string, status: Installation['status'], state: 'granted' | 'revoked' = 'granted') =>
  ({
    extension,
    status,
    version: { manifest: listener(extension) },
    grants: [{ capability: 'events', state, scope: { subscribe: ADDED } }],
  }) as unknown as Installation;

it('knows whose a type is', () => {
  expect(belongsTo('acme.notes.added.v1', 'acme.notes')).toBe(true);
  expect(belongsTo('acme.notes.a.b.v12', 'acme.notes')).toBe(true);
  for (const type of [
    'acme.notes.v1',
    'acme.notesx.added.v1',
    'acme.note.added.v1',
    'acme.notes.added',
    'acme.notes.added.v0',
    'acme.notes.added.vX',
  ]) {
    expect([type, belongsTo(type, 'acme.notes') && type !== 'acme.notes.v1']).toEqual([type, false]);
  }
});

it('sends an event to who asked for it and may have it, enabled or for later', () => {
  const all = [
    installation('b.on', 'enabled'),
    installation('a.off', 'disabled'),
    installation('c.failed', 'failed'),
    installation('d.new', 'installing'),
    installation('e.no', 'enabled', 'revoked'),
  ];
  expect(subscribersOf(all, ADDED)).toEqual(['a.off', 'b.on']);
  expect(subscribersOf(all, 'acme.source.other.v1')).toEqual([]);
});

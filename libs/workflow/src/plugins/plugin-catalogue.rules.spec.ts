import { expect, it } from '@jest/globals';
import { catalogued, providedBy, shown } from './plugin-catalogue.rules.js';
import { A, contract, manifestOf, pluginRoom } from './testing/plugin-room.js';

it('lists what installations provide, by intent, then extension, with all of the contract', () => {
  const room = pluginRoom();
  room.install(manifestOf('b.two', { 'time.now': contract(), 'a.first': contract({ examples: [{ input: {}, output: {} }] }) }));
  room.install(manifestOf('a.one', { 'time.now': contract({ version: '2.0.0' }) }), A, 'disabled');
  room.install(manifestOf('c.none', undefined as never));
  const provided = providedBy(room.installations.ofTenant(A));
  expect(provided.map(shown)).toEqual(['b.two/a.first@1.2.0', 'a.one/time.now@2.0.0', 'b.two/time.now@1.2.0']);
  expect(catalogued(provided[1]!)).toEqual({
    intent: 'time.now',
    extension: 'a.one',
    extensionVersion: '3.0.1',
    contractVersion: '2.0.0',
    enabled: false,
    description: 'for specs',
    effect: 'none',
    idempotent: true,
    input: contract().input,
    output: contract().output,
    errors: {},
    examples: [],
  });
});

import { expect, it } from '@jest/globals';
import { catalogued, choiceFor, providedBy, shown } from './plugin-catalogue.rules.js';
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

it('gives a call its providers, or everything where there is none', () => {
  const room = pluginRoom();
  room.install(manifestOf('a.one', { 'time.now': contract(), 'a.first': contract() }));
  room.install(manifestOf('b.two', { 'time.now': contract() }));
  const choice = (intent: string) => choiceFor(intent, room.installations.ofTenant(A)).map(shown);
  expect(choice('time.now')).toEqual(['a.one/time.now@1.2.0', 'b.two/time.now@1.2.0']);
  expect(choice('time.then')).toHaveLength(3);
  expect(choice('toString')).toHaveLength(3);
});

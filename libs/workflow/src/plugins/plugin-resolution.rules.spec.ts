import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Rejection } from '@kari/kernel';
import { providedBy } from './plugin-catalogue.rules.js';
import { parseReference } from './plugin-reference.rules.js';
import { resolve, type Permission } from './plugin-resolution.rules.js';
import { A, contract, manifestOf, pluginRoom, type PluginRoom } from './testing/plugin-room.js';

let room: PluginRoom;
beforeEach(() => {
  room = pluginRoom();
  room.install(manifestOf('kari.core', { 'time.now': contract({ version: '1.4.0' }), 'time.convert': contract() }));
  room.install(manifestOf('acme.clock', { 'time.now': contract({ version: '2.0.0' }) }));
  room.install(manifestOf('acme.off', { 'note.add': contract() }), A, 'disabled');
});

const find = (text: string, permission: Permission | null = null) =>
  resolve(parseReference(text), providedBy(room.installations.ofTenant(A)), permission);
function refusal(text: string, permission: Permission | null = null): Rejection {
  try {
    find(text, permission);
  } catch (error) {
    return error as Rejection;
  }
  throw new Error('it was resolved');
}

describe('resolving a plugin', () => {
  it('finds the one that is meant', () => {
    expect(find('time.now@1').extension).toBe('kari.core');
    expect(find('time.now@2').extension).toBe('acme.clock');
    expect(find('acme.clock/time.now').extension).toBe('acme.clock');
    expect(find('time.now@^1.3').extension).toBe('kari.core');
    expect(find('time.convert').extension).toBe('kari.core');
  });

  it('never guesses between several', () => {
    expect(refusal('time.now')).toMatchObject({
      code: 'PLUGIN_AMBIGUOUS',
      facts: { candidates: ['acme.clock/time.now@2.0.0', 'kari.core/time.now@1.4.0'] },
    });
  });

  it('says what there is instead', () => {
    expect(refusal('time.then')).toMatchObject({
      code: 'PLUGIN_NOT_FOUND',
      facts: { intent: 'time.then', similar: ['time.convert', 'time.now'] },
    });
    expect(refusal('mail.send')).toMatchObject({ code: 'PLUGIN_NOT_FOUND', facts: { similar: 'none' } });
    expect(refusal('acme.clock/time.convert')).toMatchObject({ code: 'PLUGIN_NOT_FOUND' });
    expect(refusal('time.now@7')).toMatchObject({ code: 'PLUGIN_CONTRACT_MISMATCH', facts: { range: '7' } });
    expect(refusal('note.add')).toMatchObject({ code: 'PLUGIN_NOT_ENABLED', facts: { candidates: ['acme.off'] } });
  });

  it('leaves out what the caller may not call', () => {
    const only = (extension: string): Permission => ({ extension: 'acme.caller', permits: (plugin) => plugin.extension === extension });
    expect(find('time.now', only('kari.core')).extension).toBe('kari.core');
    expect(refusal('time.now@2', only('kari.core'))).toMatchObject({ code: 'PLUGIN_NOT_PERMITTED', facts: { extension: 'acme.caller' } });
  });
});

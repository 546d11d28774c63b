import { describe, expect, it } from '@jest/globals';
import { extension, kv, removed, requested, version, web, wholeInstall } from '../testing/stories.js';
import type { ExtensionEvent } from './extension.events.js';
import { evolveExtension, type ExtensionState } from './extension-state.rules.js';

const after = (...events: readonly ExtensionEvent[]): ExtensionState => events.reduce(evolveExtension, { status: 'absent' });
const revoked = (grant: string): ExtensionEvent => ({ type: 'ExtensionGrantRevoked', data: { extension, grant } });
const given = (grant: typeof kv): ExtensionEvent => ({ type: 'ExtensionGrantGiven', data: { extension, grant } });
const enabledAgain: ExtensionEvent = { type: 'ExtensionEnabled', data: { extension, version, activated: false, occasion: 'two' } };

describe('the state of an extension', () => {
  it('holds its grants through every change of status', () => {
    const states = wholeInstall.map((_, count) => after(...wholeInstall.slice(0, count + 1), revoked('kv')));
    for (const state of states) {
      expect(state).toMatchObject({
        grants: [
          { ...kv, state: 'revoked' },
          { ...web, state: 'granted' },
        ],
      });
    }
  });
  it('begins anew with a new install: what was revoked before was consented to again', () => {
    expect(after(...wholeInstall, revoked('kv'), removed, requested())).toMatchObject({
      grants: [{ state: 'granted' }, { state: 'granted' }],
    });
  });
  it('takes a permission that was not among the first', () => {
    const tcp = { id: 'tcp:db:5432', capability: 'tcp', scope: { host: 'db', port: 5432 }, reason: 'stores notes' };
    expect(after(...wholeInstall, given(tcp))).toMatchObject({ grants: [{ id: 'kv' }, { id: web.id }, { ...tcp, state: 'granted' }] });
  });
  it('keeps the wider scope of a permission given anew', () => {
    const wider = { ...kv, scope: { bytes: 9 } };
    expect(after(...wholeInstall, given(wider))).toMatchObject({ grants: [{ ...wider, state: 'granted' }, { id: web.id }] });
  });
  it('does not stay enabled when its activation fails', () => {
    const failed: ExtensionEvent = { type: 'ExtensionActivationFailed', data: { extension, code: 'PLUGIN_FAILED', reason: 'no key' } };
    expect(after(...wholeInstall, enabledAgain, failed)).toMatchObject({
      status: 'disabled',
      activation: { phase: 'settled', failure: { code: 'PLUGIN_FAILED', reason: 'no key' } },
    });
  });
  it('is not led by facts that cannot be', () => {
    expect(after(revoked('kv'))).toEqual({ status: 'absent' });
    expect(after(...wholeInstall, { type: 'ExtensionInstallUndone', data: { extension, install: 'other', outcome: 'cancelled' } })).toEqual(
      {
        status: 'absent',
      },
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import type { ExtensionEvent } from '../lifecycle/extension.events.js';
import { evolveExtension, type ExtensionState } from '../lifecycle/extension-state.rules.js';
import { extension, kv, removalStarted, version, web, wholeInstall } from '../testing/stories.js';
import {
  agreed,
  cancelledUpgrade,
  failedUpgrade,
  heldFor,
  NEWER,
  rolledBackTo,
  stepsUpTo,
  switched,
  upgradeRequested,
  wholeUpgrade,
} from '../testing/upgrade-stories.js';

const after = (...events: readonly ExtensionEvent[]): ExtensionState => events.reduce(evolveExtension, { status: 'absent' });
const upgraded = [...wholeInstall, ...wholeUpgrade];
const revoked: ExtensionEvent = { type: 'ExtensionGrantRevoked', data: { extension, grant: 'kv' } };

describe('what an upgrade adds to the state', () => {
  it('stays beside the version that is enforced', () => {
    const state = after(...wholeInstall, upgradeRequested({ grants: [kv], resourceClass: 'L' }), ...stepsUpTo('switch'));
    expect(state).toMatchObject({ version, resourceClass: 'S', grants: [{ id: 'kv' }, { id: web.id }] });
    expect(state).toMatchObject({ upgrade: { version: NEWER, resourceClass: 'L', phase: 'running', snapshot: { version } } });
  });

  it('begins the step anew that met an obstacle', () => {
    const held = after(...wholeInstall, upgradeRequested(), ...stepsUpTo('contracts'), heldFor([], 'contract'));
    expect(held).toMatchObject({ upgrade: { phase: 'held', started: ['verify', 'dependencies'], deadlineAt: null } });
    expect(after(...wholeInstall, upgradeRequested(), ...stepsUpTo('contracts'), heldFor([], 'contract'), agreed())).toMatchObject({
      upgrade: { phase: 'running', started: ['verify', 'dependencies'] },
    });
  });

  it('knows what is still to be taken back', () => {
    const failed = after(...wholeInstall, upgradeRequested(), ...stepsUpTo('trial'), failedUpgrade('trial'));
    expect(failed).toMatchObject({ upgrade: { phase: 'undoing', outcome: 'failed', remaining: ['trial', 'data'] } });
    const cancelled = after(...wholeInstall, upgradeRequested(), ...stepsUpTo('verify'), cancelledUpgrade('verify'));
    expect(cancelled).toMatchObject({ upgrade: { phase: 'undoing', outcome: 'cancelled', remaining: [] } });
  });

  it('remembers what one can go back to, the last first, and what was discarded', () => {
    const third = [
      upgradeRequested({ from: NEWER, version: '3.0.0' }),
      ...stepsUpTo('switch'),
      switched({ from: NEWER, version: '3.0.0' }),
    ];
    expect(after(...upgraded, ...third)).toMatchObject({ version: '3.0.0', formers: [{ version }, { version }] });
    expect(after(...upgraded, rolledBackTo())).toMatchObject({ version, formers: [], discarded: [NEWER], trial: null });
  });

  it('lets a revoke outlive every version', () => {
    expect(after(...upgraded, revoked)).toMatchObject({
      formers: [
        {
          grants: [
            { id: 'kv', state: 'revoked' },
            { id: web.id, state: 'granted' },
          ],
        },
      ],
    });
    const during = after(...wholeInstall, upgradeRequested(), ...stepsUpTo('trial'), revoked);
    expect(during).toMatchObject({
      upgrade: {
        snapshot: {
          grants: [
            { id: 'kv', state: 'revoked' },
            { id: web.id, state: 'granted' },
          ],
        },
      },
    });
  });

  it('ends with a removal, and is not led by facts of another try', () => {
    expect(after(...wholeInstall, upgradeRequested(), removalStarted)).toMatchObject({ status: 'removing', upgrade: null });
    const other = switched({ upgrade: 'another-try' });
    expect(after(...wholeInstall, upgradeRequested(), other)).toEqual(after(...wholeInstall, upgradeRequested()));
    expect(after(...wholeInstall, switched())).toEqual(after(...wholeInstall));
  });
});

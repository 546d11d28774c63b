import { describe, expect, it } from '@jest/globals';
import { fold } from '@kari/kernel';
import { extensionDecider } from '../lifecycle/extension.decider.js';
import type { ExtensionEvent } from '../lifecycle/extension.events.js';
import { isHeld, type HeldState } from '../lifecycle/extension-state.rules.js';
import {
  closed,
  content,
  deadline,
  disabled,
  failedAt,
  INSTALL,
  removalStarted,
  requested,
  started,
  TENANT,
  undoStarted,
  wholeInstall,
} from '../testing/stories.js';
import { enforced, enforcedStatus, openWorkOf } from './installation.rules.js';

function after(...events: readonly ExtensionEvent[]): HeldState {
  const state = fold(extensionDecider, extensionDecider.initialState, events);
  if (!isHeld(state)) throw new Error('nothing is held');
  return state;
}

describe('what an installation counts as', () => {
  it('is installing until it is done, also while it is taken back', () => {
    expect(enforcedStatus(after(requested()), false)).toBe('installing');
    expect(enforcedStatus(after(requested(), started('trial'), failedAt('trial')), false)).toBe('installing');
  });
  it('is disabled while it is being removed', () => expect(enforcedStatus(after(...wholeInstall, removalStarted), false)).toBe('disabled'));
  it('is never enabled under safe boot', () => {
    expect(enforcedStatus(after(...wholeInstall), false)).toBe('enabled');
    expect(enforcedStatus(after(...wholeInstall), true)).toBe('disabled');
  });
  it('holds no grant once it failed', () => {
    const failed = after(requested(), started('verify'), failedAt('verify'), closed('failed'));
    expect(enforced(TENANT, failed, content(), 3n, false)).toMatchObject({ status: 'failed', grants: [] });
  });
});

describe('open work', () => {
  it('is the running step, with its deadline', () =>
    expect(openWorkOf(after(requested(), started('verify')))).toEqual({
      kind: 'step',
      name: `${INSTALL}/verify`,
      deadlineAt: deadline(1_000),
    }));
  it('is the step being taken back', () =>
    expect(openWorkOf(after(requested(), started('trial'), failedAt('trial'), undoStarted('trial')))?.name).toBe(`${INSTALL}/undo trial`));
  it('is a hook that was not run yet, a removal, or nothing', () => {
    expect(openWorkOf(after(...wholeInstall))).toBeNull();
    expect(openWorkOf(after(...wholeInstall, disabled))).toEqual({ kind: 'deactivation', name: 'disable-1', deadlineAt: null });
    expect(openWorkOf(after(...wholeInstall, removalStarted))?.kind).toBe('removal');
    expect(openWorkOf(after(requested()))).toBeNull();
  });
});

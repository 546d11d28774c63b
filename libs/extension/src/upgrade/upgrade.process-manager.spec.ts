import { describe, expect, it } from '@jest/globals';
import type { ExtensionEvent } from '../lifecycle/extension.events.js';
import { recorded } from '../testing/recorded.js';
import { extension, INSTALL, TENANT } from '../testing/stories.js';
import {
  agreed,
  cancelledUpgrade,
  failedUpgrade,
  heldFor,
  stepDone,
  stepsUpTo,
  stepStarted,
  stepUndone,
  undoneUpgrade,
  upgradeRequested,
  wholeUpgrade,
} from '../testing/upgrade-stories.js';
import { upgradeProcessManager as manager } from './upgrade.process-manager.js';

/** What follows from the last of these facts. */
function after(...events: readonly ExtensionEvent[]): readonly string[] {
  const history = events
    .filter(({ type }) => manager.handles.includes(type))
    .map((event, revision) => recorded(event, undefined, revision));
  const state = history.reduce((folded, event) => manager.evolve(folded, event), manager.initialState);
  const last = history.at(-1);
  const planned = last === undefined ? [] : manager.react(state, last);
  return planned.map(({ tenant, command }) => {
    const { extension: about, upgrade, step } = command.data as { extension: string; upgrade: string; step?: string };
    expect([tenant, about, upgrade]).toEqual([TENANT, extension, INSTALL]);
    return step === undefined ? command.type : `${command.type} ${step}`;
  });
}

describe('the process of an upgrade', () => {
  it('answers each finished step with the next, the last one with nothing', () => {
    expect(after(upgradeRequested())).toEqual(['StartUpgradeStep verify']);
    expect(after(upgradeRequested(), stepStarted('verify'))).toEqual([]);
    expect(after(upgradeRequested(), ...stepsUpTo('trial'), stepDone('trial'))).toEqual(['StartUpgradeStep switch']);
    expect(after(...wholeUpgrade.slice(0, -1))).toEqual([]);
    expect(after(...wholeUpgrade)).toEqual([]);
  });

  it('leaves the switch of one that takes over with others to their group', () => {
    const asked = upgradeRequested({ group: { group: 'group-1', members: [] } });
    expect(after(asked, ...stepsUpTo('data'), stepDone('data'))).toEqual(['StartUpgradeStep trial']);
    expect(after(asked, ...stepsUpTo('trial'), stepDone('trial'))).toEqual([]);
    expect(after(asked, ...stepsUpTo('trial'), failedUpgrade('trial'))).toEqual(['StartUpgradeUndo trial']);
  });

  it('goes on where it was held', () => {
    expect(after(upgradeRequested(), heldFor([]), agreed())).toEqual(['StartUpgradeStep verify']);
    expect(after(upgradeRequested(), ...stepsUpTo('contracts'), heldFor([], 'contract'), agreed())).toEqual(['StartUpgradeStep contracts']);
  });

  it('takes back what a failure or a cancel leaves, then closes', () => {
    const failed = [upgradeRequested(), ...stepsUpTo('trial'), failedUpgrade('trial')];
    expect(after(...failed)).toEqual(['StartUpgradeUndo trial']);
    expect(after(...failed, stepUndone('trial'))).toEqual(['StartUpgradeUndo data']);
    expect(after(...failed, stepUndone('trial'), stepUndone('data'))).toEqual(['CloseUpgrade']);
    expect(after(...failed, stepUndone('trial'), stepUndone('data'), undoneUpgrade('failed'))).toEqual([]);
    expect(after(upgradeRequested(), ...stepsUpTo('verify'), cancelledUpgrade('verify'))).toEqual(['CloseUpgrade']);
    expect(after(upgradeRequested(), ...stepsUpTo('switch'), cancelledUpgrade('switch'))).toEqual(['StartUpgradeUndo trial']);
  });

  it('does not listen to another try', () => {
    const other: ExtensionEvent = {
      type: 'ExtensionUpgradeStepCompleted',
      data: { extension, upgrade: 'other', step: 'verify', detail: '' },
    };
    expect(after(upgradeRequested(), other)).toEqual([]);
  });
});

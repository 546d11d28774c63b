import { describe, expect, it } from '@jest/globals';
import { fold } from '@kari/kernel';
import type { ExtensionEvent, UpgradeGroup } from '../lifecycle/extension.events.js';
import { evolveExtension, type ExtensionState } from '../lifecycle/extension-state.rules.js';
import { INSTALL, removalStarted, removed, version, wholeInstall } from '../testing/stories.js';
import {
  cancelledUpgrade,
  failedUpgrade,
  heldFor,
  NEWER,
  rolledBackTo,
  stepDone,
  stepsUpTo,
  switched,
  undoneUpgrade,
  upgradeRequested,
} from '../testing/upgrade-stories.js';
import { groupDecider } from './group.decider.js';
import type { GroupEvent } from './group.events.js';
import { nextOfGroup } from './group-next.rules.js';

const group = 'group-1';
const names = ['acme.core', 'acme.notes'];
const together: UpgradeGroup = { group, members: names.map((extension) => ({ extension, version: NEWER })) };
const members = together.members.map((member) => ({ ...member, from: version }));
const formed: GroupEvent = { type: 'ExtensionGroupFormed', data: { group, plan: 'plan-1', place: 0, members } };
const abandoned: GroupEvent = { type: 'ExtensionGroupAbandoned', data: { group, code: 'EXTENSION_UNHEALTHY', reason: 'no disk' } };
const upgraded: GroupEvent = {
  type: 'ExtensionGroupUpgraded',
  data: { group, members: members.map((member) => ({ ...member, upgrade: INSTALL })), trialUntil: 'later' },
};
const back: GroupEvent = { type: 'ExtensionGroupRolledBack', data: { group, members, cause: 'health', reason: 'it lost its words' } };
const settled: GroupEvent = { type: 'ExtensionGroupSettled', data: { group } };

type Told = readonly ExtensionEvent[];
const asked = [...wholeInstall, upgradeRequested({ group: together })];
const trying: Told = [...asked, ...stepsUpTo('trial')];
const tried: Told = [...trying, stepDone('trial')];
const switching: Told = [...asked, ...stepsUpTo('switch')];
const ready: Told = [
  ...switching,
  stepDone('switch'),
  { type: 'ExtensionUpgradeReady', data: { extension: 'x', upgrade: INSTALL, group } },
];
const done: Told = [...ready, switched()];

/** What comes next where the first member has lived that, and the second this. */
const next = (facts: readonly GroupEvent[], first: Told, second: Told) => {
  const state = (told: Told): ExtensionState => told.reduce(evolveExtension, { status: 'absent' } as ExtensionState);
  const [one] = fold(groupDecider, groupDecider.initialState, facts);
  return one === undefined ? null : nextOfGroup(one, (extension) => state(extension === names[0] ? first : second));
};
const [core, notes] = names.map((extension) => ({ extension, upgrade: INSTALL }));

describe('before the switch of a group', () => {
  it('everyone goes on alone until the slowest has been tried', () => {
    expect(next([formed], asked, asked)).toEqual([]);
    expect(next([formed], tried, trying)).toEqual([]);
  });
  it('all begin their switch together', () => {
    expect(next([formed], tried, tried)).toEqual([
      { act: 'begin-switch', ...core },
      { act: 'begin-switch', ...notes },
    ]);
    expect(next([formed], switching, tried)).toEqual([{ act: 'begin-switch', ...notes }]);
  });
  it('nobody switches while one is not ready, and all do when they are', () => {
    expect(next([formed], ready, switching)).toEqual([]);
    expect(next([formed], ready, ready)).toEqual([{ act: 'switch', ready: [core, notes] }]);
  });
  it('one that fails, is held, is cancelled or goes ends it for all, with the reason', () => {
    const why = (told: Told) => next([formed], ready, told);
    expect(why([...trying, failedUpgrade('trial')])).toEqual([
      { act: 'abandon', extension: 'acme.notes', failure: { code: 'EXTENSION_UNHEALTHY', reason: 'it says so' } },
    ]);
    expect(why([...asked, heldFor([{ id: 'acme.report', reason: 'it reads notes' }], 'contract')])).toMatchObject([
      { act: 'abandon', failure: { code: 'EXTENSION_PLAN_HELD', reason: expect.stringContaining('acme.report (it reads notes)') } },
    ]);
    expect(why([...trying, cancelledUpgrade('trial')])).toMatchObject([{ failure: { code: 'EXTENSION_UPGRADE_CANCELLED' } }]);
    expect(why([...trying, cancelledUpgrade('trial'), undoneUpgrade('cancelled')])).toEqual([
      { act: 'abandon', extension: 'acme.notes', failure: null },
    ]);
    expect(why([...asked, removalStarted, removed])).toMatchObject([{ act: 'abandon', failure: null }]);
  });
  it('an upgrade of one of them alone does not count', () => {
    const alone = [...wholeInstall, upgradeRequested(), ...stepsUpTo('switch')];
    expect(next([formed], ready, alone)).toMatchObject([{ act: 'abandon', extension: 'acme.notes' }]);
  });
});

describe('once it is abandoned', () => {
  it('whoever is still in it leaves, and it is settled with the last', () => {
    const left = [...ready, cancelledUpgrade(null, 'together')];
    expect(next([formed, abandoned], ready, trying)).toEqual([
      { act: 'leave', ...core },
      { act: 'leave', ...notes },
    ]);
    expect(next([formed, abandoned], left, left)).toEqual([]);
    expect(next([formed, abandoned], [...left, undoneUpgrade('cancelled')], wholeInstall)).toEqual([{ act: 'settle' }]);
  });
});

describe('once it is switched', () => {
  it('each takes over, and it is settled with the last', () => {
    expect(next([formed, upgraded], ready, done)).toEqual([{ act: 'take-over', ...core, trialUntil: 'later' }]);
    expect(next([formed, upgraded], done, done)).toEqual([{ act: 'settle' }]);
    expect(next([formed, upgraded], [...done, removalStarted], done)).toEqual([{ act: 'settle' }]);
  });
  it('and nothing follows from it any more', () => expect(next([formed, upgraded, settled], done, done)).toEqual([]));
  it('each goes back when all do, after it took over', () => {
    const why = { cause: 'health', reason: 'it lost its words' };
    expect(next([formed, upgraded, back], ready, done)).toEqual([
      { act: 'take-over', ...core, trialUntil: 'later' },
      { act: 'go-back', extension: 'acme.notes', ...why },
    ]);
    expect(next([formed, upgraded, settled, back], done, [...done, rolledBackTo({ group })])).toEqual([
      { act: 'go-back', extension: 'acme.core', ...why },
    ]);
    const home = [...done, rolledBackTo({ group })];
    expect(next([formed, upgraded, settled, back], home, home)).toEqual([{ act: 'settle' }]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { fold } from '@kari/kernel';
import type { ExtensionEvent, UpgradeGroup } from '../lifecycle/extension.events.js';
import { evolveExtension, type ExtensionState } from '../lifecycle/extension-state.rules.js';
import { deadline, extension, INSTALL, kv, removalStarted, version, web, wholeInstall } from '../testing/stories.js';
import {
  cancelledUpgrade,
  NEWER,
  rolledBackTo,
  stepDone,
  stepsUpTo,
  switched,
  undoneUpgrade,
  upgradeRequested,
} from '../testing/upgrade-stories.js';
import { asDecided, owesToGroup } from './group-effect.rules.js';
import { groupDecider, type Group, type GroupsState } from './group.decider.js';
import type { GroupEvent } from './group.events.js';

const group = 'group-1';
const together: UpgradeGroup = {
  group,
  members: [
    { extension, version: NEWER },
    { extension: 'acme.core', version: NEWER },
  ],
};
const members = together.members.map((member) => ({ ...member, from: version }));
const formed: GroupEvent = { type: 'ExtensionGroupFormed', data: { group, plan: 'plan-1', place: 0, members } };
const upgraded: GroupEvent = {
  type: 'ExtensionGroupUpgraded',
  data: { group, members: members.map((member) => ({ ...member, upgrade: INSTALL })), trialUntil: deadline(600_000) },
};
const abandoned: GroupEvent = { type: 'ExtensionGroupAbandoned', data: { group, code: 'EXTENSION_UNHEALTHY', reason: 'no disk' } };
const back = (...who: readonly string[]): GroupEvent => ({
  type: 'ExtensionGroupRolledBack',
  data: { group, members: members.filter((one) => who.includes(one.extension)), cause: 'health', reason: 'it lost its words' },
});
const settled: GroupEvent = { type: 'ExtensionGroupSettled', data: { group } };

const asked = upgradeRequested({ group: together });
const ready: ExtensionEvent = { type: 'ExtensionUpgradeReady', data: { extension, upgrade: INSTALL, group } };
const trying = [...wholeInstall, asked, ...stepsUpTo('trial')];
const waiting = [...wholeInstall, asked, ...stepsUpTo('switch'), stepDone('switch'), ready];
const state = (...events: readonly ExtensionEvent[]): ExtensionState =>
  events.reduce(evolveExtension, { status: 'absent' } as ExtensionState);
const groups = (...events: readonly GroupEvent[]): GroupsState => fold(groupDecider, groupDecider.initialState, events);
const decided = (events: readonly ExtensionEvent[], ...facts: readonly GroupEvent[]) => asDecided(state(...events), groups(...facts));
const owes = (events: readonly ExtensionEvent[], ...facts: readonly GroupEvent[]): boolean =>
  owesToGroup(state(...events), groups(...facts)[0] as Group);

describe('what is enforced of a member of a group', () => {
  it('is the old version until the group is switched', () => {
    expect(decided(waiting)).toEqual(state(...waiting));
    expect(decided(waiting, formed)).toEqual(state(...waiting));
    expect(decided(waiting, formed, abandoned)).toMatchObject({ version, upgrade: { version: NEWER } });
  });
  it('is from then on exactly what it will write down', () => {
    expect(decided(waiting, formed, upgraded)).toEqual(state(...waiting, switched()));
    expect(decided([...waiting, switched()], formed, upgraded)).toEqual(state(...waiting, switched()));
  });
  it('has what was revoked meanwhile revoked', () => {
    const revoke: ExtensionEvent = { type: 'ExtensionGrantRevoked', data: { extension, grant: web.id } };
    expect(decided([...waiting, revoke], formed, upgraded)).toMatchObject({
      version: NEWER,
      grants: [
        { ...kv, state: 'granted' },
        { ...web, state: 'revoked' },
      ],
    });
  });
  it('is nothing new of one that was not ready', () => expect(decided(trying, formed, upgraded)).toEqual(state(...trying)));
  it('is the version before once the group is rolled back, also where the switch was not written down yet', () => {
    const written = state(...waiting, switched(), rolledBackTo({ group, cause: 'health', reason: 'it lost its words' }));
    expect(decided([...waiting, switched()], formed, upgraded, back(extension))).toEqual(written);
    expect(decided(waiting, formed, upgraded, back(extension))).toEqual(written);
  });
  it('takes along what came on top of it', () => {
    const next = [upgradeRequested({ from: NEWER, version: '3.0.0' }), ...stepsUpTo('switch'), switched({ from: NEWER, version: '3.0.0' })];
    expect(decided([...waiting, switched(), ...next], formed, upgraded, back(extension))).toMatchObject({ version, formers: [] });
  });
  it('stays with whoever had left the group', () =>
    expect(decided([...waiting, switched()], formed, upgraded, back('acme.core'))).toEqual(state(...waiting, switched())));
  it('is what it is for one that goes', () =>
    expect(decided([...waiting, switched(), removalStarted], formed, upgraded, back(extension))).toMatchObject({ status: 'removing' }));
});

describe('what a member owes to its group', () => {
  it('is the switch, and the way back, until each is written down', () => {
    expect(owes(waiting, formed)).toBe(false);
    expect(owes(waiting, formed, upgraded)).toBe(true);
    expect(owes([...waiting, switched()], formed, upgraded)).toBe(false);
    expect(owes([...waiting, switched()], formed, upgraded, settled, back(extension))).toBe(true);
    expect(owes([...waiting, switched(), rolledBackTo({ group })], formed, upgraded, settled, back(extension))).toBe(false);
  });
  it('is to leave it when it is abandoned, to the end of that', () => {
    expect(owes(waiting, formed, abandoned)).toBe(true);
    expect(owes([...waiting, cancelledUpgrade(null, 'together')], formed, abandoned)).toBe(true);
    expect(owes([...waiting, cancelledUpgrade(null, 'together'), undoneUpgrade('cancelled')], formed, abandoned)).toBe(false);
    expect(owes([...waiting, removalStarted], formed, abandoned)).toBe(false);
  });
});

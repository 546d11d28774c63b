import { describe, expect, it } from '@jest/globals';
import { fold } from '@kari/kernel';
import { specify } from '@kari/kernel/testing';
import { deadline } from '../testing/stories.js';
import type { GroupCommand } from './group.commands.js';
import { groupDecider } from './group.decider.js';
import type { GroupEvent, GroupMember } from './group.events.js';

const { given } = specify(groupDecider);
const group = 'group-1';
const core: GroupMember = { extension: 'acme.core', from: '1.0.0', version: '2.0.0' };
const notes: GroupMember = { extension: 'acme.notes', from: '1.0.0', version: '2.0.0' };
const both = [core, notes];
const tries = both.map(({ extension }) => ({ extension, upgrade: `try of ${extension}` }));
const why = { code: 'EXTENSION_UNHEALTHY', reason: 'no disk' };

const formed = (name = group, members = both): GroupEvent => ({
  type: 'ExtensionGroupFormed',
  data: { group: name, plan: 'plan-1', place: 0, members: [...members] },
});
const abandoned = (name = group, failure = why): GroupEvent => ({ type: 'ExtensionGroupAbandoned', data: { group: name, ...failure } });
const upgraded = (name = group, members = both, trialUntil: string | null = deadline(600_000)): GroupEvent => ({
  type: 'ExtensionGroupUpgraded',
  data: { group: name, members: members.map((one) => ({ ...one, upgrade: `try of ${one.extension}` })), trialUntil },
});
const back = (members = both, cause: 'operator' | 'health' = 'operator'): GroupEvent => ({
  type: 'ExtensionGroupRolledBack',
  data: { group, members: [...members], cause, reason: 'so it was wished' },
});
const settled: GroupEvent = { type: 'ExtensionGroupSettled', data: { group } };
const form = (name = group): GroupCommand => ({ type: 'FormGroup', data: { group: name, plan: 'plan-1', place: 0, members: both } });
const abandon: GroupCommand = { type: 'AbandonGroup', data: { group, ...why } };
const doSwitch = (ready = tries, trialSeconds = 600): GroupCommand => ({ type: 'SwitchGroup', data: { group, ready, trialSeconds } });
type Facts = Extract<GroupCommand, { type: 'RollBackGroup' }>['data']['facts'];
const rollBack = (facts: Partial<Facts> = {}, cause: 'operator' | 'health' = 'operator'): GroupCommand => ({
  type: 'RollBackGroup',
  data: { group, extension: 'acme.core', cause, reason: 'so it was wished', facts: { standing: both, moved: [], obstacles: [], ...facts } },
});
const settle: GroupCommand = { type: 'SettleGroup', data: { group } };
const obstacle = { kind: 'dependent', id: 'acme.third', needed: '^2.0.0', found: '1.0.0', cure: 'Remove acme.third.' } as const;

describe('a group of upgrades', () => {
  it('is formed once', () => {
    given([]).when(form()).then([formed()]);
    given([formed()]).when(form()).thenNothing();
  });
  it('switches all of its members in one fact, each by the try that is ready', () => given([formed()]).when(doSwitch()).then([upgraded()]));
  it('switches nobody while one is not ready', () => {
    given([formed()])
      .when(doSwitch(tries.slice(0, 1)))
      .thenNothing();
    given([formed()])
      .when(doSwitch([tries[0]!, { extension: 'acme.other', upgrade: 'try of another' }]))
      .thenNothing();
  });
  it('has no trial period where there is none', () =>
    given([formed()])
      .when(doSwitch(tries, 0))
      .then([upgraded(group, both, null)]));
  it('is abandoned before its switch, and never after it', () => {
    given([formed()]).when(abandon).then([abandoned()]);
    given([formed(), upgraded()]).when(abandon).thenNothing();
    given([formed(), abandoned()]).when(abandon).thenNothing();
  });
  it('never switches once it is abandoned', () => {
    given([formed(), abandoned()]).when(doSwitch()).thenNothing();
    given([]).when(doSwitch()).thenNothing();
  });
  it('is settled once something was decided', () => {
    given([formed()]).when(settle).thenNothing();
    given([formed(), upgraded()]).when(settle).then([settled]);
    given([formed(), upgraded(), settled]).when(settle).thenNothing();
    given([formed(), abandoned(), settled]).when(settle).thenNothing();
  });
});

describe('the way back of a group', () => {
  it('is one fact for all that stand where it brought them', () => {
    given([formed(), upgraded()]).when(rollBack()).then([back()]);
    given([formed(), upgraded(), settled])
      .when(rollBack({ standing: [core] }))
      .then([back([core])]);
  });
  it('is there once, and only after the switch', () => {
    given([formed()]).when(rollBack()).thenNothing();
    given([formed(), abandoned()]).when(rollBack()).thenNothing();
    given([formed(), upgraded(), back()]).when(rollBack()).thenNothing();
    given([formed(), upgraded()])
      .when(rollBack({ standing: [] }))
      .thenNothing();
  });
  it('is refused to an operator who would leave one behind, naming it', () =>
    given([formed(), upgraded()])
      .when(rollBack({ standing: [core], moved: ['acme.notes'] }))
      .thenRejected('EXTENSION_GROUP_PARTED'));
  it('is refused to an operator where another could not live with it', () =>
    given([formed(), upgraded()])
      .when(rollBack({ obstacles: [obstacle] }))
      .thenRejected('EXTENSION_UPGRADE_OBSTRUCTED'));
  it('does not wait for anybody where one of it is ill', () =>
    given([formed(), upgraded()])
      .when(rollBack({ standing: [core], moved: ['acme.notes'], obstacles: [obstacle] }, 'health'))
      .then([back([core], 'health')]));
  it('abandons the next group of whoever goes back, in the same append', () => {
    const crossed = { code: 'EXTENSION_PLAN_CROSSED', reason: 'one of the group is taken back to the version before' };
    const apart: GroupMember = { extension: 'acme.apart', from: '1.0.0', version: '2.0.0' };
    given([formed(), upgraded(), settled, formed('next', [notes, apart]), formed('other', [apart])])
      .when(rollBack())
      .then([abandoned('next', crossed), back()]);
  });
  it('is looked at anew when one of it went on with the next group meanwhile', () =>
    given([formed(), upgraded(), settled, formed('next', [notes]), upgraded('next', [notes])])
      .when(rollBack())
      .thenRejected('EXTENSION_BUSY'));
});

describe('what is known of groups', () => {
  const known = (...events: readonly GroupEvent[]) => fold(groupDecider, groupDecider.initialState, events);

  it('is everything that is open, and what may be rolled back', () => {
    expect(known(formed()).map(({ phase, settled: over }) => [phase, over])).toEqual([['forming', false]]);
    expect(known(formed(), upgraded(), settled).map(({ phase, settled: over }) => [phase, over])).toEqual([['upgraded', true]]);
    expect(known(formed(), upgraded(), settled, back([core]))).toEqual([
      expect.objectContaining({ phase: 'rolled-back', settled: false, returned: ['acme.core'], trialUntil: deadline(600_000) }),
    ]);
  });
  it('ends with the last member that wrote it down', () => {
    expect(known(formed(), abandoned())).toHaveLength(1);
    expect(known(formed(), abandoned(), settled)).toEqual([]);
    expect(known(formed(), upgraded(), back(), settled)).toEqual([]);
  });
});

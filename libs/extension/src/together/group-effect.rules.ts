// What the decision about a group makes of a member that has not written it down yet: exactly what the member will write. So the switch of a
// group, and its way back, hold for all of it with the one fact in which they were decided.
import { evolveExtension, type ExtensionState } from '../lifecycle/extension-state.rules.js';
import { backWithGroup, isReady, switched } from '../upgrade/upgrade.decision.rules.js';
import type { Group, GroupsState } from './group.decider.js';

type Standing = Extract<ExtensionState, { status: 'enabled' | 'disabled' }>;

/** The state as it is enforced, of an extension whose own stream says that. */
export function asDecided(recorded: ExtensionState, groups: GroupsState): ExtensionState {
  if (groups.length === 0 || !isStanding(recorded)) return recorded;
  // The later decisions rest on the earlier ones.
  return groups.reduce<ExtensionState>((state, group) => (isStanding(state) ? withDecision(state, group) : state), recorded);
}

/** Whether the member has still to write down what was decided about the group. */
export function owesToGroup(recorded: ExtensionState, group: Group): boolean {
  if (!isStanding(recorded)) return false;
  if (group.phase === 'abandoned') return recorded.upgrade?.group?.group === group.group;
  return isStanding(recorded) && withDecision(recorded, group) !== recorded;
}

function withDecision(state: Standing, group: Group): ExtensionState {
  if (group.phase !== 'upgraded' && group.phase !== 'rolled-back') return state;
  const taken = takenOver(state, group);
  if (group.phase === 'upgraded' || !isStanding(taken) || !group.returned.includes(state.extension)) return taken;
  const back = backWithGroup(taken, group);
  // Whatever it was about to become ends with the way back.
  return back === null ? taken : evolveExtension({ ...taken, upgrade: null }, back);
}

function takenOver(state: Standing, { group, trialUntil }: Extract<Group, { phase: 'upgraded' | 'rolled-back' }>): ExtensionState {
  const { upgrade } = state;
  if (upgrade === null || upgrade.group?.group !== group || !isReady(upgrade)) return state;
  return evolveExtension(state, switched(state, upgrade, trialUntil));
}

function isStanding(state: ExtensionState): state is Standing {
  return state.status === 'enabled' || state.status === 'disabled';
}

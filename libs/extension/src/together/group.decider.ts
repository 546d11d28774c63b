// Decides about the groups of a tenant: each is formed, and then switched or abandoned as one; a switched one may be rolled back as one. What
// follows for each member is written into the stream of that member afterwards, and is no decision any more.
import type { CommandMetadata, Decider } from '@kari/kernel';
import { rejected } from '@kari/kernel';
import type { GroupCommand } from './group.commands.js';
import type { GroupEvent, GroupMember } from './group.events.js';

type Cause = Extract<GroupEvent, { type: 'ExtensionGroupRolledBack' }>['data']['cause'];

interface Formed {
  readonly group: string;
  readonly plan: string;
  readonly place: number;
  readonly members: readonly GroupMember[];
  /** Whether every member has written down what was decided. */
  readonly settled: boolean;
}

export type Group =
  | (Formed & { readonly phase: 'forming' })
  | (Formed & { readonly phase: 'abandoned'; readonly code: string; readonly reason: string })
  | (Formed & { readonly phase: 'upgraded'; readonly trialUntil: string | null })
  | (Formed & { readonly phase: 'rolled-back'; readonly trialUntil: string | null } & TakenBack);

interface TakenBack {
  /** Who went back; the others had left. */
  readonly returned: readonly string[];
  readonly cause: Cause;
  readonly reason: string;
}

/** The groups that still mean something: those with something left to do, and those that can be rolled back; the oldest first. */
export type GroupsState = readonly Group[];

function decide(command: GroupCommand, state: GroupsState, metadata: CommandMetadata): readonly GroupEvent[] {
  const { group: name } = command.data;
  const group = state.find((one) => one.group === name) ?? null;
  switch (command.type) {
    case 'FormGroup': {
      const { plan, place, members } = command.data;
      return group === null ? [{ type: 'ExtensionGroupFormed', data: { group: name, plan, place, members } }] : [];
    }
    case 'AbandonGroup': {
      const { code, reason } = command.data;
      return group?.phase === 'forming' ? [{ type: 'ExtensionGroupAbandoned', data: { group: name, code, reason } }] : [];
    }
    case 'SwitchGroup':
      return group?.phase === 'forming' ? switched(command.data, group, metadata) : [];
    case 'RollBackGroup':
      return group?.phase === 'upgraded' ? rolledBack(command.data, group, state) : [];
    case 'SettleGroup':
      return group === null || group.settled || group.phase === 'forming' ? [] : [{ type: 'ExtensionGroupSettled', data: { group: name } }];
  }
}

function switched(
  { ready, trialSeconds }: Extract<GroupCommand, { type: 'SwitchGroup' }>['data'],
  { group, members }: Group,
  { now }: CommandMetadata,
): readonly GroupEvent[] {
  const all = members.flatMap((member) => {
    const upgrade = ready.find(({ extension }) => extension === member.extension)?.upgrade;
    return upgrade === undefined ? [] : [{ ...member, upgrade }];
  });
  // One that is not ready holds all: there is no switch of a part.
  if (all.length < members.length) return [];
  const trialUntil = trialSeconds === 0 ? null : new Date(Date.parse(now) + trialSeconds * 1_000).toISOString();
  return [{ type: 'ExtensionGroupUpgraded', data: { group, members: all, trialUntil } }];
}

function rolledBack(
  { extension, cause, reason, facts }: Extract<GroupCommand, { type: 'RollBackGroup' }>['data'],
  { group }: Group,
  state: GroupsState,
): readonly GroupEvent[] {
  const { standing, moved, obstacles } = facts;
  const members = standing.filter((member) => !hasGoneOn(member, group, state));
  // It was looked at before another group took one of them along.
  if (members.length < standing.length) throw rejected('EXTENSION_BUSY', { extension, status: 'changing its version' });
  if (members.length === 0) return [];
  if (cause === 'operator' && moved.length > 0) throw rejected('EXTENSION_GROUP_PARTED', { extension, moved });
  if (cause === 'operator' && obstacles.length > 0) {
    const { version } = members.find((member) => member.extension === extension) ?? members[0]!;
    throw rejected('EXTENSION_UPGRADE_OBSTRUCTED', { extension, version, cures: obstacles.map(({ cure }) => cure), obstacles });
  }
  const back: GroupEvent = { type: 'ExtensionGroupRolledBack', data: { group, members, cause, reason } };
  return [...abandonedFor(members, state), back];
}

/** Whoever goes back cannot take over with others at the same time. */
function abandonedFor(members: readonly GroupMember[], state: GroupsState): readonly GroupEvent[] {
  const gone = state.filter(({ phase, members: of }) => phase === 'forming' && of.some((member) => isOf(member.extension, members)));
  return gone.map(({ group }) => ({
    type: 'ExtensionGroupAbandoned',
    data: { group, code: 'EXTENSION_PLAN_CROSSED', reason: 'one of the group is taken back to the version before' },
  }));
}

function hasGoneOn({ extension }: GroupMember, group: string, state: GroupsState): boolean {
  const later = state.slice(state.findIndex((one) => one.group === group) + 1);
  return later.some(({ phase, members }) => phase === 'upgraded' && isOf(extension, members));
}

function isOf(extension: string, members: readonly GroupMember[]): boolean {
  return members.some((member) => member.extension === extension);
}

function evolve(state: GroupsState, event: GroupEvent): GroupsState {
  const changed = (change: (group: Group) => Group): GroupsState =>
    state.map((one) => (one.group === event.data.group ? change(one) : one));
  switch (event.type) {
    case 'ExtensionGroupFormed':
      return [...state, { ...event.data, phase: 'forming', settled: false }];
    case 'ExtensionGroupAbandoned': {
      const { code, reason } = event.data;
      return changed((group) => ({ ...formed(group), phase: 'abandoned', code, reason }));
    }
    case 'ExtensionGroupUpgraded': {
      const { trialUntil } = event.data;
      return changed((group) => ({ ...formed(group), phase: 'upgraded', trialUntil }));
    }
    case 'ExtensionGroupRolledBack': {
      const { members, cause, reason } = event.data;
      const returned = members.map(({ extension }) => extension);
      return changed((group) => {
        const trialUntil = group.phase === 'upgraded' ? group.trialUntil : null;
        return { ...formed(group), phase: 'rolled-back', trialUntil, returned, cause, reason, settled: false };
      });
    }
    case 'ExtensionGroupSettled':
      // What has come to its end is forgotten; what may still be rolled back is not.
      return changed((group) => ({ ...group, settled: true })).filter(({ phase, settled }) => !settled || phase === 'upgraded');
  }
}

function formed({ group, plan, place, members, settled }: Group): Formed {
  return { group, plan, place, members, settled };
}

export const groupDecider: Decider<GroupCommand, GroupEvent, GroupsState> = { decide, evolve, initialState: [] };

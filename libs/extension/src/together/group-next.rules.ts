// What comes next for a group of upgrades, told from how far each of its members has come: all wait for the slowest before they switch, and
// nobody switches where one does not. The same question at another time has the same answer: a restart asks again.
import { wording } from '@kari/protocol';
import type { ExtensionState } from '../lifecycle/extension-state.rules.js';
import { failureWhileHeld, type Failure } from '../planning/execution/plan-acts.rules.js';
import { isReady } from '../upgrade/upgrade.decision.rules.js';
import type { Upgrade } from '../upgrade/upgrade-state.rules.js';
import { owesToGroup } from './group-effect.rules.js';
import type { Group } from './group.decider.js';
import type { GroupMember } from './group.events.js';

export type GroupAct =
  | { readonly act: 'begin-switch'; readonly extension: string; readonly upgrade: string }
  | { readonly act: 'switch'; readonly ready: readonly { readonly extension: string; readonly upgrade: string }[] }
  /** `failure` null: its upgrade is gone, and only its history tells why. */
  | { readonly act: 'abandon'; readonly extension: string; readonly failure: Failure | null }
  | { readonly act: 'take-over'; readonly extension: string; readonly upgrade: string; readonly trialUntil: string | null }
  | { readonly act: 'leave'; readonly extension: string; readonly upgrade: string }
  | ({ readonly act: 'go-back'; readonly extension: string } & Pick<Extract<Group, { phase: 'rolled-back' }>, 'cause' | 'reason'>)
  | { readonly act: 'settle' };

/** `recordedOf`: a member as its own stream has it. Every member has been asked to upgrade before this is. */
export function nextOfGroup(group: Group, recordedOf: (extension: string) => ExtensionState): readonly GroupAct[] {
  if (group.settled) return [];
  const members = group.members.map((member): Tried => {
    const recorded = recordedOf(member.extension);
    return { member, recorded, upgrade: upgradeIn(recorded, group.group) };
  });
  if (group.phase === 'forming') return forward(members);
  const owing = members.filter(({ recorded }) => owesToGroup(recorded, group));
  return owing.length === 0 ? [{ act: 'settle' }] : owing.flatMap((member) => owed(member, group));
}

interface Tried {
  readonly member: GroupMember;
  readonly recorded: ExtensionState;
  /** Its try for this group; null when it has none. */
  readonly upgrade: Upgrade | null;
}

function forward(members: readonly Tried[]): readonly GroupAct[] {
  const out = members.find(({ upgrade }) => upgrade?.phase !== 'running');
  if (out !== undefined) return [{ act: 'abandon', extension: out.member.extension, failure: failureOf(out) }];
  const running = members.flatMap(({ member, upgrade }) => (upgrade === null ? [] : [{ extension: member.extension, upgrade }]));
  if (running.every(({ upgrade }) => isReady(upgrade)))
    return [{ act: 'switch', ready: running.map(({ extension, upgrade }) => ({ extension, upgrade: upgrade.upgrade })) }];
  if (!running.every(({ upgrade }) => upgrade.completed.includes('trial'))) return [];
  return running
    .filter(({ upgrade }) => !upgrade.started.includes('switch'))
    .map(({ extension, upgrade }) => ({ act: 'begin-switch', extension, upgrade: upgrade.upgrade }));
}

function owed({ member: { extension }, upgrade }: Tried, group: Group): readonly GroupAct[] {
  if (group.phase === 'abandoned') {
    if (upgrade === null || upgrade.phase === 'undoing') return [];
    return [{ act: 'leave', extension, upgrade: upgrade.upgrade }];
  }
  if (upgrade !== null && isReady(upgrade) && 'trialUntil' in group)
    return [{ act: 'take-over', extension, upgrade: upgrade.upgrade, trialUntil: group.trialUntil }];
  return group.phase === 'rolled-back' ? [{ act: 'go-back', extension, cause: group.cause, reason: group.reason }] : [];
}

function upgradeIn(recorded: ExtensionState, group: string): Upgrade | null {
  const upgrade = 'upgrade' in recorded ? recorded.upgrade : null;
  return upgrade?.group?.group === group ? upgrade : null;
}

function failureOf({ member: { extension, version }, upgrade }: Tried): Failure | null {
  if (upgrade === null) return null;
  if (upgrade.phase === 'held') return failureWhileHeld({ extension, version }, upgrade.items);
  if (upgrade.phase === 'undoing' && upgrade.failure !== null) return { code: upgrade.failure.code, reason: upgrade.failure.reason };
  return cancelled(extension, version);
}

export function cancelled(extension: string, version: string): Failure {
  const code = 'EXTENSION_UPGRADE_CANCELLED';
  return { code, reason: wording(code, { extension, version }).message };
}

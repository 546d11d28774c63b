// Decides who belongs to a tenant with which roles. In `_` the same words hold for the platform's own people and platform roles.
import { rejected, type CommandMetadata, type Decider } from '@kari/kernel';
import { keeperRole, rolesHere, type Role } from '../access/access.rules.js';
import type { MembershipCommand } from './membership.commands.js';
import type { MembershipEvent } from './membership.events.js';

export interface Member {
  readonly roles: readonly Role[];
  /** Null once erased. */
  readonly email: string | null;
  readonly name: string | null;
}

export interface MembershipState {
  readonly members: Readonly<Record<string, Member>>;
  /** Who left, and whether their personal fields are erased. Their ids are never reused: two people would read as one. */
  readonly former: Readonly<Record<string, 'kept' | 'erased'>>;
}

function decide(command: MembershipCommand, state: MembershipState, { tenant }: CommandMetadata): readonly MembershipEvent[] {
  if (command.type === 'DissolveMembership') return everybodyLeaves(state);
  const { member } = command.data;
  switch (command.type) {
    case 'AddMember': {
      const { email, name } = command.data;
      const known = withEmail(state, email) ?? (member in state.members || member in state.former ? member : null);
      if (known !== null) throw rejected('TENANCY_MEMBER_EXISTS', { member: known });
      return [{ type: 'MemberAdded', data: { member, email, name, roles: rolesHere(command.data.roles, tenant) } }];
    }
    case 'ChangeMemberRoles': {
      const before = existing(state, member);
      const roles = rolesHere(command.data.roles, tenant);
      if (sameRoles(before.roles, roles)) return [];
      if (!roles.includes(keeperRole(tenant))) refuseLastKeeper(state, member, tenant);
      return [{ type: 'MemberRolesChanged', data: { member, roles } }];
    }
    case 'RemoveMember':
      if (member in state.former) return [];
      existing(state, member);
      refuseLastKeeper(state, member, tenant);
      return [{ type: 'MemberRemoved', data: { member } }];
    case 'EraseMember':
      if (state.former[member] === 'erased') return [];
      if (member in state.members) throw rejected('TENANCY_MEMBER_PRESENT', { member });
      if (!(member in state.former)) throw rejected('TENANCY_MEMBER_UNKNOWN', { member });
      return [{ type: 'MemberErased', data: { member } }];
  }
}

function everybodyLeaves(state: MembershipState): readonly MembershipEvent[] {
  const present = Object.keys(state.members);
  const remembered = Object.keys(state.former).filter((member) => state.former[member] === 'kept');
  return [
    ...present.map((member): MembershipEvent => ({ type: 'MemberRemoved', data: { member } })),
    ...[...present, ...remembered].map((member): MembershipEvent => ({ type: 'MemberErased', data: { member } })),
  ];
}

function existing(state: MembershipState, member: string): Member {
  const found = state.members[member];
  if (found === undefined) throw rejected('TENANCY_MEMBER_UNKNOWN', { member });
  return found;
}

function refuseLastKeeper(state: MembershipState, member: string, tenant: string): void {
  const role = keeperRole(tenant);
  const keepers = Object.keys(state.members).filter((id) => state.members[id]?.roles.includes(role));
  if (keepers.length === 1 && keepers[0] === member) throw rejected('TENANCY_LAST_ADMIN', { member, role });
}

function withEmail(state: MembershipState, email: string): string | null {
  const wanted = email.toLowerCase();
  return Object.keys(state.members).find((id) => state.members[id]?.email?.toLowerCase() === wanted) ?? null;
}

function sameRoles(a: readonly Role[], b: readonly Role[]): boolean {
  return a.length === b.length && a.every((role) => b.includes(role));
}

function evolve(state: MembershipState, event: MembershipEvent): MembershipState {
  const { member } = event.data;
  const { [member]: before, ...others } = state.members;
  switch (event.type) {
    case 'MemberAdded': {
      const { email, name, roles } = event.data;
      return { ...state, members: { ...others, [member]: { roles: roles as readonly Role[], email, name } } };
    }
    case 'MemberRolesChanged':
      return before === undefined
        ? state
        : { ...state, members: { ...others, [member]: { ...before, roles: event.data.roles as readonly Role[] } } };
    case 'MemberRemoved':
      return { members: others, former: { ...state.former, [member]: 'kept' } };
    case 'MemberErased':
      return { ...state, former: { ...state.former, [member]: 'erased' } };
  }
}

export const membershipDecider: Decider<MembershipCommand, MembershipEvent, MembershipState> = {
  decide,
  evolve,
  initialState: { members: {}, former: {} },
};

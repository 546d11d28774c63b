// Decides whether an API token is given out, and takes it back. It never holds more than its owner does at the moment of use.
import { rejected, type CommandMetadata, type Decider } from '@kari/kernel';
import type { Right } from '@kari/protocol';
import { rightsThatGiveRights } from '../access/access.rules.js';
import type { TokenCommand } from './token.commands.js';
import type { TokenEvent } from './token.events.js';

export type TokenOwner = { readonly kind: 'member' | 'service-account'; readonly id: string };

export type TokenState =
  | { readonly status: 'none' }
  | {
      readonly status: 'issued' | 'revoked';
      readonly token: string;
      readonly owner: TokenOwner;
      readonly name: string;
      readonly hash: string;
      readonly expiresAt: string;
      readonly rights: readonly Right[] | null;
    };

const MOST_DAYS = 366;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

function decide(command: TokenCommand, state: TokenState, metadata: CommandMetadata): readonly TokenEvent[] {
  const { token } = command.data;
  switch (command.type) {
    case 'IssueToken': {
      const { owner, name, hash, expiresAt, rights } = command.data;
      if (state.status !== 'none') throw rejected('TENANCY_TOKEN_EXISTS', { token });
      if (owner.standing === 'missing') throw ownerMissing(owner);
      refuseExpiry(expiresAt, metadata.now);
      const widening = rights?.find((right) => rightsThatGiveRights.includes(right));
      if (widening !== undefined) throw rejected('TENANCY_TOKEN_RIGHT', { right: widening });
      return [{ type: 'TokenIssued', data: { token, owner: { kind: owner.kind, id: owner.id }, name, hash, expiresAt, rights } }];
    }
    case 'RevokeToken':
      if (state.status === 'none') throw rejected('TENANCY_TOKEN_UNKNOWN', { token });
      if (state.status === 'revoked') return [];
      return [{ type: 'TokenRevoked', data: { token } }];
  }
}

function ownerMissing(owner: TokenOwner) {
  return owner.kind === 'member'
    ? rejected('TENANCY_MEMBER_UNKNOWN', { member: owner.id })
    : rejected('TENANCY_SERVICE_ACCOUNT_UNKNOWN', { serviceAccount: owner.id });
}

function refuseExpiry(expiresAt: string, now: string): void {
  const life = Date.parse(expiresAt) - Date.parse(now);
  const reason = life < MINUTE ? 'that is less than a minute from now' : life > MOST_DAYS * DAY ? 'that is too far away' : null;
  if (reason !== null) throw rejected('TENANCY_TOKEN_EXPIRY', { expiresAt, reason, mostDays: MOST_DAYS });
}

function evolve(state: TokenState, event: TokenEvent): TokenState {
  switch (event.type) {
    case 'TokenIssued':
      return { status: 'issued', ...event.data, rights: event.data.rights as readonly Right[] | null };
    case 'TokenRevoked':
      return state.status === 'none' ? state : { ...state, status: 'revoked' };
  }
}

export const tokenDecider: Decider<TokenCommand, TokenEvent, TokenState> = { decide, evolve, initialState: { status: 'none' } };

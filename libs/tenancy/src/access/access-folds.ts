// The streams that decide who may enter, folded afresh at each question.
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE, PLATFORM_TENANT, type EventStore } from '@kari/kernel';
import { StreamFolds, type FoldedStream, type TenantGate, type TenantStanding } from '@kari/platform/command-bus';
import { membershipStream } from '../members/membership.commands.js';
import { membershipDecider, type Member } from '../members/membership.decider.js';
import { serviceAccountStream } from '../service-accounts/service-account.commands.js';
import { serviceAccountDecider } from '../service-accounts/service-account.decider.js';
import { tenantStream } from '../tenants/tenant.commands.js';
import { tenantDecider, type TenantState } from '../tenants/tenant.decider.js';
import { tokenStream } from '../tokens/token.commands.js';
import { tokenDecider, type TokenOwner, type TokenState } from '../tokens/token.decider.js';
import type { Role } from './access.rules.js';

const STANDING: Readonly<Record<TenantState['status'], TenantStanding>> = {
  none: 'unknown',
  active: 'open',
  suspended: 'suspended',
  deleting: 'suspended',
  deleted: 'deleted',
};

@Injectable()
export class AccessFolds implements TenantGate {
  private readonly tenants;
  private readonly memberships;
  private readonly serviceAccounts;
  private readonly tokens;

  constructor(@Inject(EVENT_STORE) store: EventStore) {
    this.tenants = new StreamFolds(store, tenantDecider);
    this.memberships = new StreamFolds(store, membershipDecider);
    this.serviceAccounts = new StreamFolds(store, serviceAccountDecider);
    this.tokens = new StreamFolds(store, tokenDecider);
  }

  async standing(tenant: string): Promise<TenantStanding> {
    if (tenant === PLATFORM_TENANT) return 'open';
    return STANDING[(await this.tenant(tenant)).state.status];
  }

  tenant(tenant: string): Promise<FoldedStream<TenantState>> {
    return this.tenants.read(tenantStream(tenant));
  }

  async token(tenant: string, token: string): Promise<TokenState> {
    return (await this.tokens.read(tokenStream(tenant, token))).state;
  }

  async member(tenant: string, member: string): Promise<Member | null> {
    const { members } = (await this.memberships.read(membershipStream(tenant))).state;
    return Object.hasOwn(members, member) ? (members[member] ?? null) : null;
  }

  /** Whether somebody of that id belongs here, or ever did. */
  async isKnownMember(tenant: string, member: string): Promise<boolean> {
    const { members, former } = (await this.memberships.read(membershipStream(tenant))).state;
    return Object.hasOwn(members, member) || Object.hasOwn(former, member);
  }

  /** The roles a token's owner has at this moment; null when the owner is gone. */
  async rolesOf(tenant: string, owner: TokenOwner): Promise<readonly Role[] | null> {
    if (owner.kind === 'member') return (await this.member(tenant, owner.id))?.roles ?? null;
    const { state } = await this.serviceAccounts.read(serviceAccountStream(tenant, owner.id));
    return state.status === 'active' ? state.roles : null;
  }
}

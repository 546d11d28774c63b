// Every command of this context with the right it asks for and the stream it acts on, and every event it writes.
import type { CommandDefinition, StreamId } from '@kari/kernel';
import type { AnyCommandDefinition, AnyEventDefinition } from '@kari/platform/registry';
import type { Right } from '@kari/protocol';
import type { ZodType } from 'zod';
import * as membership from './members/membership.commands.js';
import { membershipDecider } from './members/membership.decider.js';
import { membershipEventDefinitions } from './members/membership.events.js';
import * as serviceAccount from './service-accounts/service-account.commands.js';
import { serviceAccountDecider } from './service-accounts/service-account.decider.js';
import { serviceAccountEventDefinitions } from './service-accounts/service-account.events.js';
import * as tenant from './tenants/tenant.commands.js';
import { tenantDecider } from './tenants/tenant.decider.js';
import { tenantEventDefinitions } from './tenants/tenant.events.js';
import * as token from './tokens/token.commands.js';
import { tokenDecider } from './tokens/token.decider.js';
import { tokenEventDefinitions } from './tokens/token.events.js';

type Permit = Pick<CommandDefinition, 'whileSuspended'> & { readonly right: Right };
type Wish = readonly [type: string, schema: ZodType, permit: Permit];

const ofTenant = ({ tenant: id }: { tenant: string }): StreamId => tenant.tenantStream(id);
const aboutMember = ({ member }: { member: string }): string => `member:${member}`;

const tenantWishes: readonly Wish[] = [
  ['SuspendTenant', tenant.suspendTenant, { right: 'tenant.suspend' }],
  ['ResumeTenant', tenant.resumeTenant, { right: 'tenant.suspend' }],
  ['SetTenantRateLimits', tenant.setTenantRateLimits, { right: 'tenant.limit' }],
  ['DeleteTenant', tenant.deleteTenant, { right: 'tenant.delete' }],
  ['CompleteTenantDeletion', tenant.completeTenantDeletion, { right: 'tenant.delete' }],
];
const memberWishes: readonly Wish[] = [
  ['AddMember', membership.addMember, { right: 'member.manage' }],
  ['ChangeMemberRoles', membership.changeMemberRoles, { right: 'member.manage' }],
  ['RemoveMember', membership.removeMember, { right: 'member.manage' }],
  ['EraseMember', membership.eraseMember, { right: 'member.manage' }],
];
const serviceAccountWishes: readonly Wish[] = [
  ['ChangeServiceAccountRoles', serviceAccount.changeServiceAccountRoles, { right: 'token.manage' }],
  ['RemoveServiceAccount', serviceAccount.removeServiceAccount, { right: 'token.manage' }],
];
const tokenWishes: readonly Wish[] = [
  ['IssueToken', token.issueToken, { right: 'token.manage' }],
  ['RevokeToken', token.revokeToken, { right: 'token.manage' }],
];

export const commandDefinitions: readonly AnyCommandDefinition[] = [
  {
    type: 'CreateTenant',
    schema: tenant.createTenant,
    right: 'tenant.create' satisfies Right,
    scope: 'platform',
    stream: ({ slug }: { slug: string }) => tenant.tenantStream(tenant.tenantIdOf(slug)),
    decider: tenantDecider,
  },
  ...tenantWishes.map(([type, schema, permit]): AnyCommandDefinition => {
    return { type, schema, scope: 'platform', stream: ofTenant, decider: tenantDecider, ...permit };
  }),
  ...memberWishes.map(([type, schema, permit]): AnyCommandDefinition => {
    const stream = (_: unknown, where: string): StreamId => membership.membershipStream(where);
    return { type, schema, scope: 'tenant', stream, subject: aboutMember, decider: membershipDecider, ...permit };
  }),
  {
    type: 'DissolveMembership',
    schema: membership.dissolveMembership,
    right: 'tenant.delete' satisfies Right,
    scope: 'tenant',
    whileSuspended: 'system',
    stream: (_: unknown, where: string) => membership.membershipStream(where),
    decider: membershipDecider,
  },
  {
    type: 'CreateServiceAccount',
    schema: serviceAccount.createServiceAccount,
    right: 'token.manage' satisfies Right,
    scope: 'tenant',
    stream: ({ name }: { name: string }, where: string) =>
      serviceAccount.serviceAccountStream(where, serviceAccount.serviceAccountIdOf(where, name)),
    decider: serviceAccountDecider,
  },
  ...serviceAccountWishes.map(([type, schema, permit]): AnyCommandDefinition => {
    const stream = (data: { serviceAccount: string }, where: string): StreamId =>
      serviceAccount.serviceAccountStream(where, data.serviceAccount);
    return { type, schema, scope: 'tenant', stream, decider: serviceAccountDecider, ...permit };
  }),
  ...tokenWishes.map(([type, schema, permit]): AnyCommandDefinition => {
    const stream = (data: { token: string }, where: string): StreamId => token.tokenStream(where, data.token);
    return { type, schema, scope: 'tenant', stream, decider: tokenDecider, ...permit };
  }),
];

export const eventDefinitions: readonly AnyEventDefinition[] = [
  ...tenantEventDefinitions,
  ...membershipEventDefinitions,
  ...serviceAccountEventDefinitions,
  ...tokenEventDefinitions,
];

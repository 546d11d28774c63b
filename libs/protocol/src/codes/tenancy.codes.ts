// Refusals about tenants, the people in them and their credentials.
import type { CodeEntry } from './code.js';

export const tenancyCodes = {
  TENANCY_TENANT_SUSPENDED: {
    kind: 'denied',
    message: 'The tenant {tenant} is {standing}: nothing can be done in it.',
    next: 'Ask a platform operator to resume the tenant; a deleted one stays deleted.',
  },
  TENANCY_SNAPSHOT_STALE: {
    kind: 'unavailable',
    message: 'The list of tenants is not known to be current.',
    next: 'Try again in a moment; if it persists, check that the event store can be reached.',
  },
  TENANCY_SLUG_TAKEN: {
    kind: 'conflict',
    message: 'The slug {slug} belongs, or once belonged, to another tenant.',
    next: 'Choose another slug: one is never given out twice.',
  },
  TENANCY_TENANT_DELETED: {
    kind: 'conflict',
    message: 'The tenant {tenant} is deleted, or on its way out: that cannot be turned back.',
    next: 'Create a new tenant under another slug.',
  },
  TENANCY_TENANT_NOT_LEAVING: {
    kind: 'conflict',
    message: 'Nobody asked for the deletion of the tenant {tenant}.',
    next: 'Delete the tenant first; the platform completes it.',
  },
  TENANCY_EXPORT_MISSING: {
    kind: 'conflict',
    message: 'The tenant {tenant} is to be exported before it is deleted, and its export is not there.',
    next: 'Wait for the export; the deletion goes on by itself.',
  },
  TENANCY_TENANT_UNKNOWN: { kind: 'missing', message: 'There is no tenant {tenant}.', next: 'Check the id, or list the tenants.' },
  TENANCY_ROLE_NOT_HERE: {
    kind: 'invalid',
    message: 'The role {role} cannot be given here: tenants have tenant roles, the platform has platform roles.',
    next: 'Choose one of: {allowed}.',
  },
  TENANCY_MEMBER_UNKNOWN: { kind: 'missing', message: 'There is no member {member} here.', next: 'Check the id, or list the members.' },
  TENANCY_MEMBER_PRESENT: {
    kind: 'conflict',
    message: '{member} is a member here: who belongs to a tenant is not forgotten.',
    next: 'Remove the member first.',
  },
  TENANCY_MEMBER_EXISTS: {
    kind: 'conflict',
    message: 'Somebody with this e-mail address is a member here already: {member}.',
    next: 'Change the roles of that member instead.',
  },
  TENANCY_LAST_ADMIN: {
    kind: 'conflict',
    message: '{member} is the last {role} here; without one nobody could manage members.',
    next: 'Give another member the role {role} first.',
  },
  TENANCY_SERVICE_ACCOUNT_UNKNOWN: {
    kind: 'missing',
    message: 'There is no service account {serviceAccount} here.',
    next: 'Check the id, or list the service accounts.',
  },
  TENANCY_SERVICE_ACCOUNT_EXISTS: {
    kind: 'conflict',
    message: 'A service account named {name} exists, or once existed, here.',
    next: 'Choose another name, or use the existing account {serviceAccount}.',
  },
  TENANCY_TOKEN_UNKNOWN: { kind: 'missing', message: 'There is no API token {token} here.', next: 'Check the id, or list the tokens.' },
  TENANCY_TOKEN_EXISTS: { kind: 'conflict', message: 'The API token {token} was issued already.', next: 'Issue one under a new id.' },
  TENANCY_TOKEN_RIGHT: {
    kind: 'invalid',
    message: 'A token narrowed to some rights cannot carry {right}: with it the token could make a wider one.',
    next: 'Leave {right} out, or issue a token without a list of rights.',
  },
  TENANCY_TOKEN_EXPIRY: {
    kind: 'invalid',
    message: 'The token cannot expire at {expiresAt}: {reason}.',
    next: 'Choose a moment between a minute and {mostDays} days from now.',
  },
  TENANCY_ISSUER_OFF: {
    kind: 'denied',
    message: 'This platform does not issue sessions itself: its local issuer runs in development mode only.',
    next: 'Use an API token, or start the platform with KARI_MODE=development on your own machine.',
  },
} as const satisfies Record<string, CodeEntry>;

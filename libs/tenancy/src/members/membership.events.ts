// Who belongs to a tenant (or, in `_`, to the platform). One stream per tenant, `tenancy.membership-<tenant>~members`: that at least one
// administrator remains is a promise about all members together.
import type { DomainEvent, EventDefinition } from '@kari/kernel';
import { z } from 'zod';

const member = z.uuid();
const roles = z.array(z.string()).readonly();

const memberAdded = z.strictObject({ member, email: z.string(), name: z.string(), roles });
const memberRolesChanged = z.strictObject({ member, roles });
const memberRemoved = z.strictObject({ member });
/** Name and e-mail address are unreadable from here on, in every past event too. */
const memberErased = z.strictObject({ member });

/** A person's fields read as null once their key is destroyed. */
type Erasable<T extends string> = { readonly [K in T]: string | null };

export type MembershipEvent =
  | DomainEvent<'MemberAdded', Omit<z.infer<typeof memberAdded>, 'email' | 'name'> & Erasable<'email' | 'name'>>
  | DomainEvent<'MemberRolesChanged', z.infer<typeof memberRolesChanged>>
  | DomainEvent<'MemberRemoved', z.infer<typeof memberRemoved>>
  | DomainEvent<'MemberErased', z.infer<typeof memberErased>>;

export const membershipEventDefinitions: readonly EventDefinition[] = [
  { type: 'MemberAdded', version: 1, schema: memberAdded, personal: ['email', 'name'], subject: 'member' },
  { type: 'MemberRolesChanged', version: 1, schema: memberRolesChanged },
  { type: 'MemberRemoved', version: 1, schema: memberRemoved },
  { type: 'MemberErased', version: 1, schema: memberErased },
];

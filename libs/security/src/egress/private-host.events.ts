// What happened to the list of private hosts that operators have opened to extensions.
import type { DomainEvent } from '@kari/kernel';
import { z } from 'zod';
import { securityEvents } from '../contract.js';

/** Null: for every tenant. */
const tenant = z.uuid().nullable();

const privateHostOpened = z.strictObject({
  host: z.string(),
  /** Where the name may lead, in CIDR; nothing else private is reached through it. */
  networks: z.array(z.string()),
  tenant,
  reason: z.string(),
});
const privateHostClosed = z.strictObject({ host: z.string(), tenant });

export type PrivateHostEvent =
  DomainEvent<'PrivateHostOpened', z.infer<typeof privateHostOpened>> | DomainEvent<'PrivateHostClosed', z.infer<typeof privateHostClosed>>;

export const privateHostEvents = [
  { type: securityEvents.privateHostOpened, version: 1, schema: privateHostOpened },
  { type: securityEvents.privateHostClosed, version: 1, schema: privateHostClosed },
] as const;

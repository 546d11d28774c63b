// The life of an API token. Streams `tenancy.token-<tenant>~<token>`; of its value only the hash is ever stored.
import type { DomainEvent, EventDefinition } from '@kari/kernel';
import { z } from 'zod';

const token = z.uuid();

const tokenIssued = z.strictObject({
  token,
  owner: z.strictObject({ kind: z.enum(['member', 'service-account']), id: z.uuid() }),
  name: z.string(),
  hash: z.string(),
  expiresAt: z.string(),
  rights: z.array(z.string()).readonly().nullable(),
});
const tokenRevoked = z.strictObject({ token });

export type TokenEvent =
  DomainEvent<'TokenIssued', z.infer<typeof tokenIssued>> | DomainEvent<'TokenRevoked', z.infer<typeof tokenRevoked>>;

export const tokenEventDefinitions: readonly EventDefinition[] = [
  { type: 'TokenIssued', version: 1, schema: tokenIssued },
  { type: 'TokenRevoked', version: 1, schema: tokenRevoked },
];

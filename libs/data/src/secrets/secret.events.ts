// What happened to the secrets of an extension: names, versions, hosts and fingerprints, never values.
import type { DomainEvent } from '@kari/kernel';
import { z } from 'zod';

const common = { extension: z.string(), name: z.string(), version: z.number().int() };
const sealed = { sealed: z.string(), fingerprint: z.string() };

const secretSet = z.strictObject({ ...common, ...sealed, hosts: z.array(z.string()) });
const secretRotated = z.strictObject({ ...common, ...sealed });
const secretDeleted = z.strictObject(common);

export type SecretEvent =
  | DomainEvent<'SecretSet', z.infer<typeof secretSet>>
  | DomainEvent<'SecretRotated', z.infer<typeof secretRotated>>
  | DomainEvent<'SecretDeleted', z.infer<typeof secretDeleted>>;

export const secretEvents = [
  { type: 'SecretSet', version: 1, schema: secretSet },
  { type: 'SecretRotated', version: 1, schema: secretRotated },
  { type: 'SecretDeleted', version: 1, schema: secretDeleted },
] as const;

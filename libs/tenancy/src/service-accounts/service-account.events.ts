// A caller that is no person: a pipeline, another system. Streams `tenancy.service-account-<tenant>~<id>`.
import type { DomainEvent, EventDefinition } from '@kari/kernel';
import { z } from 'zod';

const serviceAccount = z.uuid();

const created = z.strictObject({ serviceAccount, name: z.string(), roles: z.array(z.string()).readonly() });
const rolesChanged = z.strictObject({ serviceAccount, roles: z.array(z.string()).readonly() });
const removed = z.strictObject({ serviceAccount });

export type ServiceAccountEvent =
  | DomainEvent<'ServiceAccountCreated', z.infer<typeof created>>
  | DomainEvent<'ServiceAccountRolesChanged', z.infer<typeof rolesChanged>>
  | DomainEvent<'ServiceAccountRemoved', z.infer<typeof removed>>;

export const serviceAccountEventDefinitions: readonly EventDefinition[] = [
  { type: 'ServiceAccountCreated', version: 1, schema: created },
  { type: 'ServiceAccountRolesChanged', version: 1, schema: rolesChanged },
  { type: 'ServiceAccountRemoved', version: 1, schema: removed },
];

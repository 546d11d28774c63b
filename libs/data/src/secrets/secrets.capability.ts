// `secrets.handle`: the one thing an extension may ask about a secret. It never sees the value; see `http.fetch` for how it is used.
import type { Capability, CapabilityOperation } from '@kari/sandbox/contract';
import { z } from 'zod';
import type { GuardedSecrets } from './guarded-secrets.js';
import { secretName } from './secret.commands.js';

const handleRequest = z.strictObject({ name: secretName });
type HandleRequest = z.infer<typeof handleRequest>;

export function secretsCapability(secrets: Pick<GuardedSecrets, 'handle'>): Capability {
  const handle: CapabilityOperation<HandleRequest> = {
    name: 'handle',
    schema: handleRequest,
    audit: 'all',
    allows: (scopes, { name }) =>
      scopes.some((scope) => scope['name'] === name) ? { allowed: true } : { allowed: false, why: `the secret ${name} is not granted` },
    perform: async ({ tenant, extension }, { name }) => ({ handle: await secrets.handle(tenant, extension, name) }),
    subject: ({ name }) => `secret-name:${name}`,
  };
  return { name: 'secrets', openToAll: false, operations: [handle] };
}

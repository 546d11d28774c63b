// `config.read`: the effective configuration of the calling extension in its tenant; secret fields are handles. Open to all.
import { z } from 'zod';
import type { Configurations } from '@kari/data/contract';
import type { Capability, CapabilityOperation } from '../contract.js';

const request = z.strictObject({});

export function configCapability(configurations: Pick<Configurations, 'effective'>): Capability {
  const read: CapabilityOperation<z.infer<typeof request>> = {
    name: 'read',
    schema: request,
    audit: 'denials',
    allows: () => ({ allowed: true }),
    perform: ({ tenant, extension }) => configurations.effective(tenant, extension),
  };
  return { name: 'config', openToAll: true, operations: [read] };
}

// `log.write`: a line in the tenant's log of the extension. Open to all; bounded in size, made harmless for whoever displays it.
import { z } from 'zod';
import type { Capability, CapabilityOperation } from '../contract.js';
import { visible } from '@kari/protocol';

const MESSAGE_LENGTH = 8 * 1024;
const FIELD_BYTES = 8 * 1024;

const request = z.strictObject({
  level: z.enum(['debug', 'info', 'warn', 'error']),
  message: z.string(),
  fields: z.record(z.string().max(100), z.unknown()).optional(),
});

const write: CapabilityOperation<z.infer<typeof request>, null> = {
  name: 'write',
  schema: request,
  audit: 'denials',
  allows: (_, { fields }) =>
    fields === undefined || JSON.stringify(fields).length <= FIELD_BYTES
      ? { allowed: true }
      : { allowed: false, why: `the fields of a log line take more than ${FIELD_BYTES} bytes` },
  perform: (caller, { level, message, fields }) => {
    caller.log?.(level, visible(message.slice(0, MESSAGE_LENGTH)), fields);
    return Promise.resolve(null);
  },
};

export const logCapability: Capability = { name: 'log', openToAll: true, operations: [write] };

// Wishes of a tenant's operators about the hosts that its workflows may call.
import type { Command } from '@kari/kernel';
import { z } from 'zod';
import { METHODS } from './target.rules.js';

const place = {
  host: z.string().min(1).max(253),
  scheme: z.enum(['https', 'http']).default('https'),
  /** Null: the scheme's own. */
  port: z.number().int().min(1).max(65_535).nullable().default(null),
};

export const openWorkflowHost = z.strictObject({
  ...place,
  methods: z.array(z.enum(METHODS)).min(1).nullable().default(null),
  reason: z.string().trim().min(3).max(500),
});
export const closeWorkflowHost = z.strictObject(place);

export type WorkflowHostCommand =
  Command<'OpenWorkflowHost', z.infer<typeof openWorkflowHost>> | Command<'CloseWorkflowHost', z.infer<typeof closeWorkflowHost>>;

// What happened to the list of hosts that a tenant has opened to its workflows.
import type { DomainEvent } from '@kari/kernel';
import { z } from 'zod';
import { securityEvents } from '../contract.js';

const place = { host: z.string(), scheme: z.enum(['https', 'http']), port: z.number().int() };

const workflowHostOpened = z.strictObject({
  ...place,
  /** Null: every method. */
  methods: z.array(z.string()).nullable(),
  reason: z.string(),
});
const workflowHostClosed = z.strictObject(place);

export type WorkflowHostEvent =
  | DomainEvent<'WorkflowHostOpened', z.infer<typeof workflowHostOpened>>
  | DomainEvent<'WorkflowHostClosed', z.infer<typeof workflowHostClosed>>;

export const workflowHostEvents = [
  { type: securityEvents.workflowHostOpened, version: 1, schema: workflowHostOpened },
  { type: securityEvents.workflowHostClosed, version: 1, schema: workflowHostClosed },
] as const;

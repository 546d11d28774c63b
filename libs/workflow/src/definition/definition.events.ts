// What happened to a workflow. Versions are immutable: a change is a new one.
import type { DomainEvent } from '@kari/kernel';
import { z } from 'zod';
import { savedVersion, workflowId } from './definition.commands.js';

export const DEFINITION_CATEGORY = 'workflow.definition';

const version = z.number().int().min(1);
const saved = z.strictObject({ ...savedVersion, version });
const switched = z.strictObject({ workflow: workflowId, version });
const deleted = z.strictObject({ workflow: workflowId });

const blocked = z.strictObject({ workflow: workflowId, version, reason: z.string() });

export type WorkflowSaved = z.infer<typeof saved>;

export type WorkflowEvent =
  | DomainEvent<'WorkflowSaved', WorkflowSaved>
  | DomainEvent<'WorkflowActivated', z.infer<typeof switched>>
  | DomainEvent<'WorkflowDeactivated', z.infer<typeof switched>>
  | DomainEvent<'WorkflowDeleted', z.infer<typeof deleted>>
  | DomainEvent<'WorkflowBlocked', z.infer<typeof blocked>>
  | DomainEvent<'WorkflowUnblocked', z.infer<typeof switched>>;

export const workflowEventDefinitions = [
  { type: 'WorkflowSaved', version: 1, schema: saved },
  { type: 'WorkflowActivated', version: 1, schema: switched },
  { type: 'WorkflowDeactivated', version: 1, schema: switched },
  { type: 'WorkflowDeleted', version: 1, schema: deleted },
  { type: 'WorkflowBlocked', version: 1, schema: blocked },
  { type: 'WorkflowUnblocked', version: 1, schema: switched },
] as const;

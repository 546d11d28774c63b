// Wishes about one workflow of a tenant.
import type { Command } from '@kari/kernel';
import { z } from 'zod';

/** `<name>` of a document, or `<extension>/<name>` for one that an extension brings along. */
export const workflowId = z
  .string()
  .max(160)
  .regex(/^(?:[a-z][a-z0-9-]{0,38}\.[a-z][a-z0-9-]{0,38}\/[a-z][a-z0-9_-]{0,62}|[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)$/);
const version = z.number().int().min(1);
const about = { workflow: workflowId };

export const savedVersion = {
  ...about,
  /** JSON of the document, in the order of its author. */
  document: z.string().max(1024 * 1024),
  /** Hex SHA-256 of the document's canonical JSON. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  title: z.string().max(300),
  /** Calls that need something of the tenant. */
  needs: z.array(z.strictObject({ pointer: z.string(), call: z.string() })).max(1_000),
  /** The extension that brings it along. */
  owner: z.string().nullable(),
};

const problem = z.strictObject({
  code: z.string(),
  pointer: z.string(),
  line: z.number(),
  column: z.number(),
  reason: z.string(),
  fix: z.string(),
});

/** `problems`: what the validator found; with any of them nothing is saved. */
export const saveWorkflow = z.strictObject({
  ...savedVersion,
  expectedVersion: z.number().int().min(0).nullable(),
  problems: z.array(problem).max(100),
});
export const activateWorkflow = z.strictObject({ ...about, version });
export const deactivateWorkflow = z.strictObject(about);
/** `runs`: how many runs need it now; `owner`: the extension that takes its own away. */
export const deleteWorkflow = z.strictObject({ ...about, runs: z.number().int().min(0), owner: z.string().nullable() });

/** What the installations say: what the version that would start needs has gone, or is back. */
export const blockWorkflow = z.strictObject({ ...about, version, reason: z.string().min(1).max(2_000) });
export const unblockWorkflow = z.strictObject({ ...about, version });

export type WorkflowCommand =
  | Command<'SaveWorkflow', z.infer<typeof saveWorkflow>>
  | Command<'ActivateWorkflow', z.infer<typeof activateWorkflow>>
  | Command<'DeactivateWorkflow', z.infer<typeof deactivateWorkflow>>
  | Command<'DeleteWorkflow', z.infer<typeof deleteWorkflow>>
  | Command<'BlockWorkflow', z.infer<typeof blockWorkflow>>
  | Command<'UnblockWorkflow', z.infer<typeof unblockWorkflow>>;

// Wishes about runs: of people and extensions, and of the platform for what it learned elsewhere.
import type { Command } from '@kari/kernel';
import { z } from 'zod';

const run = z.uuid();
const reason = z.string().max(500).nullable();
const name = z.string().min(1).max(200);

export const startRun = z.strictObject({
  /** Why it cannot be started, found before it was sent: whoever asks is authorised and recorded first. */
  impossible: z.strictObject({ code: z.string(), facts: z.record(z.string(), z.unknown()) }).optional(),
  run,
  workflow: z.strictObject({ id: name, version: name }),
  input: z.unknown(),
  shard: z.number().int().min(0),
  startedAt: z.iso.datetime(),
  idempotencyKey: z.string().min(1).max(200).optional(),
  parent: z.strictObject({ run, task: z.string(), depth: z.number().int().min(0) }).optional(),
  forkedFrom: run.optional(),
  hops: z.number().int().min(0).optional(),
  tags: z.array(z.string().min(1).max(100)).max(20).optional(),
  kind: z.enum(['replay', 'test']).optional(),
  replayOf: run.optional(),
  /** By place in the document. */
  pins: z.record(z.string().max(1024), z.unknown()).optional(),
  caller: z.strictObject({ kind: z.enum(['user', 'service-account', 'extension', 'system']), id: z.string() }),
});
export const pauseRun = z.strictObject({ run, reason });
export const resumeRun = z.strictObject({ run });
export const cancelRun = z.strictObject({ run, reason });
export const cancelChildRun = z.strictObject({ run, reason });
export const retryRun = z.strictObject({ run, task: z.string().min(1).max(1024).nullable() });
export const decideApproval = z.strictObject({
  run,
  approval: z.uuid(),
  decision: z.enum(['approved', 'rejected']),
  comment: z.string().max(2000).nullable(),
  /** Held by the one who decides, for an approval that asks for one of them. */
  rights: z.array(z.string()),
});
export const migrateRun = z.strictObject({
  /** Why it cannot be moved, found before it was sent: whoever asks is authorised and recorded first. */
  impossible: z.strictObject({ code: z.string(), facts: z.record(z.string(), z.unknown()) }).optional(),
  run,
  version: z.string().min(1).max(200),
  mapping: z.array(z.strictObject({ from: z.string(), to: z.string().nullable() })),
  /** Names the state that was judged: only that one is moved. */
  seen: z.string(),
  moves: z.record(z.string(), z.string().nullable()),
  anew: z.array(z.string()),
});
/** Another run has left the place that this one waited for. */
export const admitRun = z.strictObject({ run, turn: z.number().int().min(1) });
/** An event that a listening run may have. Not on the bus: nobody sends it from outside. */
interface ReceiveEvent {
  readonly run: string;
  readonly task: string;
  readonly filter: number;
  readonly event: Record<string, unknown>;
  readonly correlation: Record<string, unknown>;
}

export type RunCommand =
  | Command<'StartRun', z.infer<typeof startRun>>
  | Command<'ForkRun', z.infer<typeof startRun>>
  | Command<'ReplayRun', z.infer<typeof startRun>>
  | Command<'StartTestRun', z.infer<typeof startRun>>
  | Command<'PauseRun', z.infer<typeof pauseRun>>
  | Command<'ResumeRun', z.infer<typeof resumeRun>>
  | Command<'CancelRun', z.infer<typeof cancelRun>>
  | Command<'CancelChildRun', z.infer<typeof cancelChildRun>>
  | Command<'AdmitRun', z.infer<typeof admitRun>>
  | Command<'MigrateRun', z.infer<typeof migrateRun>>
  | Command<'RetryRun', z.infer<typeof retryRun>>
  | Command<'DecideApproval', z.infer<typeof decideApproval>>
  | Command<'ReceiveEvent', ReceiveEvent>;

// What one may wish for upgrades that take over as one. None of these is for a caller: the process of a group speaks them, and whoever rolls
// back one of it. `facts` are looked up right before the send.
import type { Command } from '@kari/kernel';
import { z } from 'zod';
import { obstacleSchema } from '../lifecycle/extension.commands.js';

const group = z.string().max(100);
const member = z.object({ extension: z.string(), from: z.string(), version: z.string() });

const bodies = {
  FormGroup: z.object({ group, plan: z.string(), place: z.number().int().min(0), members: z.array(member).min(2) }),
  AbandonGroup: z.object({ group, code: z.string(), reason: z.string() }),
  /** Each member waits for this: it can no longer leave by itself. `trialSeconds`: how long they may be taken back by themselves; 0: not. */
  SwitchGroup: z.object({
    group,
    ready: z.array(z.object({ extension: z.string(), upgrade: z.string() })),
    trialSeconds: z.number().int().min(0),
  }),
  RollBackGroup: z.object({
    group,
    /** The one that is taken back, and takes the others along. */
    extension: z.string(),
    cause: z.enum(['operator', 'quarantine', 'health']),
    reason: z.string().max(2_000),
    facts: z.object({
      /** Those that stand where the group has brought them, with the version that they came from. */
      standing: z.array(member),
      /** Those that went on to another version since. */
      moved: z.array(z.string()),
      /** What stands in the way of all of them going back. */
      obstacles: z.array(obstacleSchema),
    }),
  }),
  SettleGroup: z.object({ group }),
} as const;

type Bodies = { readonly [T in keyof typeof bodies]: z.infer<(typeof bodies)[T]> };
export type GroupCommandType = keyof Bodies;
export type GroupCommand = { readonly [T in keyof Bodies]: Command<T, Bodies[T]> }[keyof Bodies];
export const groupCommandSchemas = bodies;

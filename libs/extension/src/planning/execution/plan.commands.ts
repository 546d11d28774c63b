// What one may wish for the plan of a tenant. `facts` are looked up right before the send and never come from a caller.
import type { Command } from '@kari/kernel';
import { z } from 'zod';
import { planMemberSchema, planStepSchema } from './plan.events.js';

const plan = z.string().max(100);
const place = z.number().int().min(0);
const consent = z.object({ id: z.string(), reason: z.string() });

const bodies = {
  ExecutePlan: z.object({
    /** Of the plan that was looked at. */
    hash: z.string().regex(/^[0-9a-f]{64}$/, 'a plan is named by its SHA-256'),
    facts: z.object({
      /** Of the same changes, planned now. */
      hash: z.string(),
      /** What has changed since, in words; what could be told. */
      moved: z.array(z.string()),
      /** Why the plan cannot be executed as it is. */
      obstacle: z.object({ code: z.string(), facts: z.record(z.string(), z.unknown()) }).nullable(),
      /** Each with what it must be consented to, and what was. */
      steps: z.array(
        planStepSchema.extend({
          consent: z.array(consent),
          members: z.array(planMemberSchema.extend({ consent: z.array(consent) })).optional(),
        }),
      ),
      /** Extensions that consent was given for, and that the plan does not bring. */
      strangers: z.array(z.string()),
    }),
  }),
  CancelPlan: z.object({ plan }),
  // The process of a plan speaks these.
  CompletePlanStep: z.object({ plan, place }),
  FailPlanStep: z.object({ plan, place, code: z.string(), reason: z.string() }),
  /** A step that was done holds no longer. */
  LosePlanStep: z.object({ plan, place, code: z.string(), reason: z.string() }),
} as const;

type Bodies = { readonly [T in keyof typeof bodies]: z.infer<(typeof bodies)[T]> };
export type PlanCommandType = keyof Bodies;
export type PlanCommand = { readonly [T in keyof Bodies]: Command<T, Bodies[T]> }[keyof Bodies];
export const planCommandSchemas = bodies;

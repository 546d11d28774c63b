// What happens to the plans of a tenant, one after the other. The names and bodies here are stored for ever.
import type { DomainEvent, EventDefinition } from '@kari/kernel';
import { z } from 'zod';

const plan = z.string();
const place = z.number().int().min(0);
const failure = { code: z.string(), reason: z.string() };

const operationFields = {
  extension: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  enabled: z.boolean(),
  /** What was consented to for it, exactly. */
  consented: z.array(z.string()),
  /** How it was before, for the way back; null when it was not there. */
  before: z.object({ version: z.string(), enabled: z.boolean(), consented: z.array(z.string()), revoked: z.array(z.string()) }).nullable(),
};

/** One of the upgrades that take over as one. */
export const planMemberSchema = z.object({ act: z.literal('upgrade'), ...operationFields });

/**
 * Everything that is needed to do one operation, and to take it back. `together` is that of several upgrades: they are its `members`, and the
 * step itself names the first of them.
 */
export const planStepSchema = z.object({
  act: z.enum(['install', 'upgrade', 'enable', 'disable', 'remove', 'together']),
  ...operationFields,
  members: z.array(planMemberSchema).optional(),
});
export type PlanMember = z.infer<typeof planMemberSchema>;
export type PlanStep = z.infer<typeof planStepSchema>;

const bodies = {
  /** `hash`: of the plan that was looked at, and of the state that it was made on. */
  ExtensionPlanStarted: z.object({ plan, hash: z.string(), steps: z.array(planStepSchema) }),
  ExtensionPlanStepStarted: z.object({ plan, place, step: planStepSchema }),
  ExtensionPlanStepCompleted: z.object({ plan, place }),
  ExtensionPlanStepFailed: z.object({ plan, place, ...failure }),
  /** A step that was done has come undone by itself while the plan went on: the rest is taken back as well. */
  ExtensionPlanStepLost: z.object({ plan, place, ...failure }),
  ExtensionPlanCancelled: z.object({ plan }),
  ExtensionPlanUndoStarted: z.object({ plan, place, step: planStepSchema }),
  /** `trouble`: what could not be taken back, in words. */
  ExtensionPlanUndoCompleted: z.object({ plan, place, trouble: z.string().nullable() }),
  ExtensionPlanEnded: z.object({ plan, outcome: z.enum(['completed', 'failed', 'cancelled']) }),
} as const;

type Bodies = { readonly [T in keyof typeof bodies]: z.infer<(typeof bodies)[T]> };
export type PlanEvent = { readonly [T in keyof Bodies]: DomainEvent<T, Bodies[T]> }[keyof Bodies];
export type PlanEventType = PlanEvent['type'];

export const planEventDefinitions: readonly EventDefinition[] = Object.entries(bodies).map(([type, schema]) => ({
  type,
  version: 1,
  schema,
}));
export const planEventTypes = Object.keys(bodies) as readonly PlanEventType[];
export const PLAN_CATEGORY = 'extension.plan';
/** A tenant's plans share one stream: that is how there is never a second one under way. */
export const PLAN_ID = 'changes';

// What happens to upgrades that take over as one, in one tenant. The switch of a group, and its way back, are one fact each: whoever enforces
// versions reads them here, so that no moment knows a part of the group alone. The names and bodies here are stored for ever.
import { derivedId, type DomainEvent, type EventDefinition } from '@kari/kernel';
import { z } from 'zod';

const group = z.string();
const failure = { code: z.string(), reason: z.string() };
/** From which version to which. */
const member = z.object({ extension: z.string(), from: z.string(), version: z.string() });
export type GroupMember = z.infer<typeof member>;

const bodies = {
  /** `plan` and `place`: the step of a plan that wants it. */
  ExtensionGroupFormed: z.object({ group, plan: z.string(), place: z.number().int().min(0), members: z.array(member) }),
  /** Before the switch: nobody of the group changes. */
  ExtensionGroupAbandoned: z.object({ group, ...failure }),
  /** The switch of all: from here on their new versions and permissions are what is enforced. `upgrade` names the try of each. */
  ExtensionGroupUpgraded: z.object({
    group,
    members: z.array(member.extend({ upgrade: z.string() })),
    /** Until then a quarantine or a failing health check of one takes all back; null: they are not on trial. */
    trialUntil: z.string().nullable(),
  }),
  /** The way back of all that still stood where the group had brought them: from here on the version before is what is enforced. */
  ExtensionGroupRolledBack: z.object({
    group,
    members: z.array(member),
    cause: z.enum(['operator', 'quarantine', 'health']),
    reason: z.string(),
  }),
  /** Every member has written down for itself what was decided. */
  ExtensionGroupSettled: z.object({ group }),
} as const;

type Bodies = { readonly [T in keyof typeof bodies]: z.infer<(typeof bodies)[T]> };
export type GroupEvent = { readonly [T in keyof Bodies]: DomainEvent<T, Bodies[T]> }[keyof Bodies];
export type GroupEventType = GroupEvent['type'];

export const groupEventDefinitions: readonly EventDefinition[] = Object.entries(bodies).map(([type, schema]) => ({
  type,
  version: 1,
  schema,
}));
export const GROUP_CATEGORY = 'extension.group';
/** The groups of a tenant share one stream: decisions about two of them that share an extension have an order. */
export const GROUP_ID = 'changes';

/** The group that a step of a plan forms. */
export function groupOf(plan: string, place: number): string {
  return derivedId('extension.group', plan, place);
}

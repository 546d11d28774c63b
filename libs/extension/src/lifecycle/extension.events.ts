// What happens to one extension in one tenant. The names and bodies here are stored for ever.
import type { DomainEvent, EventDefinition } from '@kari/kernel';
import { z } from 'zod';
import { installSteps } from '../installation/installation.rules.js';

const extension = z.string();
const version = z.string();
const step = z.enum(installSteps);
const install = z.string();

/** A permission as the manifest asks for it, and its reason as the operator read it. */
export const requestedGrantSchema = z.object({
  id: z.string(),
  capability: z.string(),
  scope: z.record(z.string(), z.unknown()),
  reason: z.string(),
});
export type RequestedGrant = z.infer<typeof requestedGrantSchema>;

export const resourceClassSchema = z.enum(['S', 'M', 'L']);

const bodies = {
  ExtensionInstallRequested: z.object({
    extension,
    version,
    /** What was looked at when consent was given. */
    bundleHash: z.string(),
    grants: z.array(requestedGrantSchema),
    resourceClass: resourceClassSchema,
    enable: z.boolean(),
    /** Asked for in the tenant, or by a wish for all tenants. */
    origin: z.enum(['tenant', 'wish']),
    /** Names this try: facts of an earlier one are told apart by it. */
    install,
  }),
  ExtensionInstallStepStarted: z.object({ extension, install, step, detail: z.string(), deadlineAt: z.string() }),
  ExtensionInstallStepCompleted: z.object({ extension, install, step, detail: z.string() }),
  ExtensionInstallFailed: z.object({ extension, install, step, code: z.string(), reason: z.string() }),
  ExtensionInstallCancelled: z.object({ extension, install, step: step.nullable() }),
  ExtensionInstallUndoStarted: z.object({ extension, install, step, deadlineAt: z.string() }),
  /** `trouble`: what could not be taken back, in words. */
  ExtensionInstallStepUndone: z.object({ extension, install, step, trouble: z.string().nullable() }),
  ExtensionInstallUndone: z.object({ extension, install, outcome: z.enum(['failed', 'cancelled']) }),
  ExtensionInstalled: z.object({ extension, version }),
  /** `activated`: onActivate has run already, as a step of the install. `occasion` names this very change for the hook that follows. */
  ExtensionEnabled: z.object({ extension, version, activated: z.boolean(), occasion: z.string() }),
  ExtensionActivated: z.object({ extension }),
  ExtensionActivationFailed: z.object({ extension, code: z.string(), reason: z.string() }),
  ExtensionDisabled: z.object({ extension, version, occasion: z.string() }),
  /** onDeactivate has run and the sandbox is gone; `trouble`: what went wrong on the way, in words. */
  ExtensionDeactivated: z.object({ extension, trouble: z.string().nullable() }),
  ExtensionRemovalStarted: z.object({ extension, version, removal: z.string(), wasEnabled: z.boolean() }),
  /** `troubles`: hooks that failed on the way out, in words. */
  ExtensionRemoved: z.object({ extension, version, troubles: z.array(z.string()) }),
  ExtensionGrantGiven: z.object({ extension, grant: requestedGrantSchema }),
  ExtensionGrantRevoked: z.object({ extension, grant: z.string() }),
  /** The wish that brought it here was withdrawn: it goes as soon as nothing depends on it. */
  ExtensionWithdrawalDue: z.object({ extension, version }),
  /** A wish for all tenants met a tenant that it does not fit. */
  ExtensionWishRefused: z.object({
    extension,
    version,
    act: z.enum(['install', 'remove']),
    code: z.string(),
    facts: z.record(z.string(), z.unknown()),
  }),
} as const;

type Bodies = { readonly [T in keyof typeof bodies]: z.infer<(typeof bodies)[T]> };
export type ExtensionEvent = { readonly [T in keyof Bodies]: DomainEvent<T, Bodies[T]> }[keyof Bodies];
export type ExtensionEventType = ExtensionEvent['type'];

export const extensionEventDefinitions: readonly EventDefinition[] = Object.entries(bodies).map(([type, schema]) => ({
  type,
  version: 1,
  schema,
}));
export const extensionEventTypes = Object.keys(bodies) as readonly ExtensionEventType[];
export const INSTALLATION_CATEGORY = 'extension.installation';

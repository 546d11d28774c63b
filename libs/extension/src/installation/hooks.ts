// Runs the hooks of an extension for the platform itself. A hook that the extension does not have is nothing to do.
import { derivedId, Rejection } from '@kari/kernel';
import type { HookName } from '@kari/protocol/broker';
import type { Sandboxes } from '@kari/sandbox/contract';
import { z } from 'zod';
import type { HealthReport } from '../health/health.rules.js';

/** Whose hook is run, and as part of what. */
export interface HookTarget {
  readonly tenant: string;
  readonly extension: string;
  /** The install, removal or activation it belongs to: a repeat carries the same idempotency key. */
  readonly occasion: string;
  readonly correlationId: string;
}

const ACTOR = { id: 'system:extension.installation', kind: 'system' } as const;

export interface HookLimits {
  readonly signal?: AbortSignal;
  /** Default: what the resource class of the extension allows. */
  readonly deadlineMs?: number;
}

/** Null when the extension has no such hook. */
export async function runHook(
  sandboxes: Pick<Sandboxes, 'invoke'>,
  target: HookTarget,
  hook: HookName,
  input: unknown,
  limits: HookLimits,
): Promise<{ readonly answer: unknown } | null> {
  const { tenant, extension, occasion, correlationId } = target;
  const context = { correlationId, actor: ACTOR, idempotencyKey: derivedId(occasion, hook) };
  try {
    return { answer: await sandboxes.invoke({ tenant, extension, handler: `hook:${hook}`, input, context, depth: 0, ...limits }) };
  } catch (error) {
    if (error instanceof Rejection && error.code === 'SANDBOX_NO_HANDLER') return null;
    throw error;
  }
}

// An answer comes from a sandbox: whatever is not a clear "I am well" or "I am not" counts as not.
const report = z.union([
  z.boolean().transform((healthy) => ({ healthy, reasons: [] as string[] })),
  z
    .object({ healthy: z.boolean(), reasons: z.array(z.string().max(500)).max(20).optional(), reason: z.string().max(500).optional() })
    .transform(({ healthy, reasons, reason }) => ({ healthy, reasons: reasons ?? (reason === undefined ? [] : [reason]) })),
]);

/** What onHealthCheck says; an extension without the hook, or one that answers nothing, is as healthy as its process. */
export async function askHealth(sandboxes: Pick<Sandboxes, 'invoke'>, target: HookTarget, limits: HookLimits): Promise<HealthReport> {
  const ran = await runHook(sandboxes, target, 'onHealthCheck', {}, limits);
  if (ran === null || ran.answer === undefined || ran.answer === null) return { healthy: true, reasons: [] };
  const parsed = report.safeParse(ran.answer);
  return parsed.success ? parsed.data : { healthy: false, reasons: ['onHealthCheck answered neither true, false nor { healthy }'] };
}

// The host's side of every capability: identity from the pipe, decision, effect under a deadline, decision again, audit. What an extension
// gets back is its answer or a typed error; never a stack, a path or another tenant's word.
import { Rejection, Unavailable, type Audit, type Clock, type Timers } from '@kari/kernel';
import { wording } from '@kari/protocol';
import {
  BrokerError,
  isBrokerErrorCode,
  parseCapabilityParams,
  type IncomingStream,
  type InvocationContext,
  type OutgoingStream,
} from '@kari/protocol/broker';
import { grantsOf } from '@kari/package';
import type { Installations } from '@kari/extension/contract';
import type { Manifest } from '@kari/protocol/manifest';
import type { Tenants } from '@kari/tenancy/contract';
import type { RateLimiter } from '@kari/platform/quotas';
import type { Logger } from '@kari/platform/telemetry';
import type { BrokerCaller, Capability } from '../contract.js';
import { decideCall, type Decision } from './decision.rules.js';

export interface OpenInvocation {
  readonly context: InvocationContext;
  readonly depth: number;
  /** Monotonic. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** What the process is bound to. Nothing in a parameter can change it. */
export interface BrokerBinding {
  readonly tenant: string;
  readonly extension: string;
  readonly version: string;
  /** Of the version that this process runs: while an upgrade runs that need not be the installed one. */
  readonly manifest: Pick<Manifest, 'permissions'>;
  invocation(id: string): OpenInvocation | null;
  /** For calls the extension makes on its own account. */
  readonly ownDeadlineMs: number;
  openStream(): OutgoingStream;
  readStream(id: number): IncomingStream;
  logged(
    level: 'debug' | 'info' | 'warn' | 'error',
    message: string,
    correlationId: string | null,
    fields?: Readonly<Record<string, unknown>>,
  ): void;
}

export interface BrokerParts {
  /** Looked up at each call: capabilities register while the modules are wired. */
  capability(name: string): Capability | undefined;
  readonly installations: Installations;
  readonly tenants: Tenants;
  readonly audit: Audit;
  readonly rates: Pick<RateLimiter, 'extensionCall'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly ids: { next(): string };
  readonly logger: Logger;
}

/** Notifications are calls without an answer. */
const notifications: Readonly<Record<string, string>> = { log: 'log.write', metric: 'metrics.record' };

export class Broker {
  constructor(private readonly parts: BrokerParts) {}

  /** Throws `BrokerError` alone. */
  async call(binding: BrokerBinding, method: string, params: unknown, signal: AbortSignal): Promise<unknown> {
    const envelope = parseCapabilityParams(params);
    if (envelope === null) throw new BrokerError('INVALID', `The parameters of ${method} are not { invocation?, request }.`);
    const invocation = envelope.invocation === undefined ? null : binding.invocation(envelope.invocation);
    if (envelope.invocation !== undefined && invocation === null) {
      throw new BrokerError('INVALID', 'The invocation this call is made for has ended.');
    }
    try {
      return await this.perform(binding, method, envelope.request, invocation, signal);
    } catch (error) {
      throw this.asBrokerError(error, method);
    }
  }

  /** Never throws: nobody waits for an answer. */
  notify(binding: BrokerBinding, method: string, params: unknown): void {
    const target = notifications[method];
    const envelope = parseCapabilityParams(params);
    if (target === undefined || envelope === null) return;
    // A last word after the answer is still worth having; it then counts as the extension's own.
    const over = envelope.invocation !== undefined && binding.invocation(envelope.invocation) === null;
    this.call(binding, target, over ? { request: envelope.request } : envelope, new AbortController().signal).catch((error: unknown) => {
      this.parts.logger.debug({ extension: binding.extension, method, reason: String(error) }, 'a notification was refused');
    });
  }

  /**
   * Which check would say no, and why: the answer to "why was this denied". `asking`: the manifest of the process that asks; what it does
   * not ask for itself it does not get, whatever the installed version may have.
   */
  explain(tenant: string, extension: string, method: string, request: unknown, asking?: BrokerBinding['manifest']): Decision {
    const capability = this.parts.capability(method.slice(0, method.indexOf('.')));
    const installation = this.parts.installations.find(tenant, extension);
    const installed = installation === null ? [] : grantsOf(installation.version.manifest);
    const own = asking === undefined ? null : new Set(grantsOf(asking).map(({ id }) => id));
    const requests = own === null ? installed : installed.filter(({ id }) => own.has(id));
    return decideCall({
      method,
      capability,
      tenant: this.parts.tenants.find(tenant)?.status ?? null,
      installation,
      asked: requests.filter((grant) => grant.capability === capability?.name).map(({ scope }) => scope),
      request,
    });
  }

  private async perform(
    binding: BrokerBinding,
    method: string,
    request: unknown,
    invocation: OpenInvocation | null,
    signal: AbortSignal,
  ): Promise<unknown> {
    const correlationId = invocation?.context.correlationId ?? this.parts.ids.next();
    const trail: Trail = { binding, method, invocation, correlationId };
    await this.counted(trail);
    const before = this.decide(binding, method, request);
    if (!before.allowed) throw await this.refused(trail, before);

    const remaining = invocation === null ? binding.ownDeadlineMs : invocation.deadline - this.parts.clock.monotonic();
    const subject = before.operation.subject?.(before.request) ?? null;
    const answer = await this.within(remaining, invocation, signal, (limited) => {
      const caller: BrokerCaller = {
        tenant: binding.tenant,
        extension: binding.extension,
        version: binding.version,
        actor: invocation?.context.actor ?? { id: binding.extension, kind: 'extension' },
        correlationId,
        ...(invocation?.context.traceparent === undefined ? {} : { traceparent: invocation.context.traceparent }),
        depth: invocation?.depth ?? 0,
        deadlineMs: Math.max(0, remaining),
        signal: limited,
        scopes: before.scopes,
        streams: { open: () => binding.openStream(), read: (id) => binding.readStream(id) },
        log: (level, message, fields) => binding.logged(level, message, invocation === null ? null : correlationId, fields),
      };
      return before.operation.perform(caller, before.request);
    }).catch(async (error: unknown) => {
      if (before.operation.audit === 'all') await this.record(trail, subject, 'failed', codeOf(error));
      throw error;
    });

    // Revoked while it ran: the effect may have happened, its answer does not leave.
    const after = this.decide(binding, method, request);
    if (!after.allowed) throw await this.refused(trail, after);
    if (before.operation.audit === 'all') await this.record(trail, subject, 'allowed');
    return answer;
  }

  private async counted({ binding, method, correlationId }: Trail): Promise<void> {
    const { tenant, extension } = binding;
    try {
      await this.parts.rates.extensionCall({ tenant, actor: extension, actorKind: 'extension', operation: 'broker.limit', correlationId });
    } catch (error) {
      if (error instanceof Unavailable) throw new Rejection('SANDBOX_AUDIT_UNAVAILABLE', { method });
      throw error;
    }
  }

  /** An unreadable snapshot denies: enforcement fails closed. */
  private decide(binding: BrokerBinding, method: string, request: unknown): Decision {
    try {
      return this.explain(binding.tenant, binding.extension, method, request, binding.manifest);
    } catch (error) {
      this.parts.logger.warn({ extension: binding.extension, method, reason: String(error) }, 'a broker call could not be decided');
      return { allowed: false, check: 'grant', why: 'the grants cannot be read now' };
    }
  }

  private async refused(trail: Trail, decision: Extract<Decision, { allowed: false }>): Promise<Rejection> {
    const { method, binding } = trail;
    if (decision.check === 'schema') return new Rejection('SANDBOX_CALL_INVALID', { method, reason: decision.why });
    await this.record(trail, null, 'denied', 'SANDBOX_CAPABILITY_DENIED', { check: decision.check, why: decision.why });
    return new Rejection('SANDBOX_CAPABILITY_DENIED', { extension: binding.extension, method: method.slice(0, 100), why: decision.why });
  }

  private async record(
    { binding, method, invocation, correlationId }: Trail,
    subject: string | null,
    outcome: 'allowed' | 'denied' | 'failed',
    code?: string,
    facts: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    const { context } = invocation ?? {};
    try {
      await this.parts.audit.record({
        tenant: binding.tenant,
        actor: binding.extension,
        actorKind: 'extension',
        operation: method.slice(0, 100),
        outcome,
        subject,
        ...(code === undefined ? {} : { code }),
        facts: { ...facts, version: binding.version, onBehalfOf: context?.actor.id ?? binding.extension },
        correlationId,
        ...(context?.traceparent === undefined ? {} : { traceparent: context.traceparent }),
      });
    } catch (error) {
      this.parts.logger.error({ extension: binding.extension, method, reason: String(error) }, 'a broker decision could not be audited');
      throw new Rejection('SANDBOX_AUDIT_UNAVAILABLE', { method });
    }
  }

  private async within<T>(
    milliseconds: number,
    invocation: OpenInvocation | null,
    cancelled: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const deadline = new AbortController();
    const late = () => deadline.abort(new BrokerError('DEADLINE', 'The broker call took longer than its deadline.'));
    if (milliseconds <= 0) late();
    const timer = this.parts.timers.after(milliseconds, late);
    const signal = AbortSignal.any([deadline.signal, cancelled, ...(invocation === null ? [] : [invocation.signal])]);
    try {
      signal.throwIfAborted();
      return await Promise.race([work(signal), whenAborted(signal)]);
    } finally {
      timer.cancel();
    }
  }

  private asBrokerError(error: unknown, method: string): BrokerError {
    if (error instanceof BrokerError) return error;
    if (error instanceof Rejection) {
      const words = wording(error.code, error.facts);
      const code = isBrokerErrorCode(words.broker) ? words.broker : 'UNAVAILABLE';
      return new BrokerError(code, `${words.message} ${words.next}`, { reason: words.code, facts: jsonFacts(error.facts) });
    }
    this.parts.logger.error({ method, reason: String(error) }, 'a capability failed');
    return new BrokerError('UNAVAILABLE', `${method} failed inside the platform.`);
  }
}

interface Trail {
  readonly binding: BrokerBinding;
  readonly method: string;
  readonly invocation: OpenInvocation | null;
  readonly correlationId: string;
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function codeOf(error: unknown): string {
  return error instanceof Rejection || error instanceof BrokerError ? String(error.code) : 'REQUEST_FAILED';
}

/** Facts as JSON has them: bigint and the like must not end the answer. */
function jsonFacts(facts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(facts, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))) as Record<
    string,
    unknown
  >;
}

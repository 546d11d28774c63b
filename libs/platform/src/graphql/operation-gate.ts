// Stands before every root field: authorises it, and leaves exactly one audit entry before its answer does.
import { AUDIT, derivedId, PLATFORM_TENANT, Rejection, rejected, TIMERS } from '@kari/kernel';
import type { Audit, AuditRecord, RequestContext, Timers } from '@kari/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { recordInTime } from '@kari/platform/command-bus';
import { inScope, METRICS, withSpan, type MetricsRegistry } from '@kari/platform/telemetry';
import { ownRight, wording } from '@kari/protocol';
import { Counter, Histogram } from 'prom-client';
import type { GraphqlContext } from './caller.js';
import type { DeclaredOperation } from './operation.js';

type Outcome = AuditRecord['outcome'];

@Injectable()
export class OperationGate {
  private readonly answered: Counter<'operation' | 'outcome'>;
  private readonly seconds: Histogram<'operation'>;

  constructor(
    @Inject(AUDIT) private readonly audit: Audit,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(METRICS) metrics: MetricsRegistry,
  ) {
    this.answered = new Counter({
      name: 'kari_graphql_operations_total',
      help: 'Root fields answered, by operation and outcome.',
      labelNames: ['operation', 'outcome'],
      registers: [metrics],
    });
    this.seconds = new Histogram({
      name: 'kari_graphql_operation_seconds',
      help: 'Time to answer a root field, audit entry included.',
      labelNames: ['operation'],
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
      registers: [metrics],
    });
  }

  /** Runs one root field for its caller. */
  async pass<T>(
    operation: DeclaredOperation,
    args: unknown,
    context: GraphqlContext,
    work: (caller: RequestContext) => Promise<T>,
  ): Promise<T> {
    const caller = callerOf(operation, context);
    const scope = { correlationId: caller.correlationId, tenant: caller.tenant, actor: caller.principal.id };
    const finished = this.seconds.startTimer({ operation: operation.name });
    let outcome: Outcome = 'allowed';
    try {
      return await inScope(scope, () =>
        withSpan(
          operation.name,
          { kind: 'server', ...(caller.traceparent === undefined ? {} : { traceparent: caller.traceparent }) },
          () => (operation.audit === 'command' ? work(caller) : this.audited(operation, args, caller, work)),
        ),
      );
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      finished();
      this.answered.inc({ operation: operation.name, outcome });
    }
  }

  /** Whether the caller may still have what it was granted when it subscribed. */
  mayStill(operation: DeclaredOperation, caller: RequestContext): boolean {
    return holds(operation, caller);
  }

  private async audited<T>(
    operation: DeclaredOperation,
    args: unknown,
    caller: RequestContext,
    work: (caller: RequestContext) => Promise<T>,
  ): Promise<T> {
    if (!holds(operation, caller)) {
      const refusal = rejected('REQUEST_DENIED', { operation: operation.name, right: operation.right });
      await this.record(operation, args, caller, 'denied', refusal);
      throw refusal;
    }
    // A mutation is recorded before it acts: an effect that no entry tells of could not be taken back. A read is recorded with its outcome.
    if (operation.kind === 'mutation') {
      await this.record(operation, args, caller, 'allowed');
      return work(caller);
    }
    let answer: T;
    try {
      answer = await work(caller);
    } catch (error) {
      await this.record(operation, args, caller, outcomeOf(error), error);
      throw error;
    }
    await this.record(operation, args, caller, 'allowed');
    return answer;
  }

  private async record(
    operation: DeclaredOperation,
    args: unknown,
    caller: RequestContext,
    outcome: Outcome,
    error?: unknown,
  ): Promise<void> {
    const code = error === undefined ? undefined : error instanceof Rejection ? error.code : 'REQUEST_FAILED';
    const entry: AuditRecord = {
      tenant: caller.tenant,
      actor: caller.principal.id,
      actorKind: caller.principal.kind,
      operation: operation.name,
      outcome,
      subject: subjectOf(operation, args),
      ...(code === undefined ? {} : { code }),
      ...(code === 'REQUEST_DENIED' ? { facts: { right: operation.right } } : {}),
      correlationId: caller.correlationId,
      ...(caller.commandId === undefined ? {} : { commandId: caller.commandId }),
      ...(caller.traceparent === undefined ? {} : { traceparent: caller.traceparent }),
    };
    await recordInTime(this.audit, this.timers, entry);
  }
}

function holds(operation: DeclaredOperation, caller: RequestContext): boolean {
  if (operation.right === ownRight) return true;
  return caller.principal.may(operation.right, operation.scope === 'platform' ? PLATFORM_TENANT : caller.tenant);
}

/** `denied` when somebody said no, `failed` when it did not work. */
function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof Rejection)) return 'failed';
  const { kind } = wording(error.code, error.facts);
  return kind === 'denied' || kind === 'unauthenticated' ? 'denied' : 'failed';
}

function subjectOf(operation: DeclaredOperation, args: unknown): string | null {
  try {
    return operation.subject?.(args)?.slice(0, 200) ?? null;
  } catch {
    return null;
  }
}

// One idempotency key, several mutations in one document: each gets an id of its own, the same one when the request is repeated.
const mutationsOf = new WeakMap<GraphqlContext, number>();

function callerOf(operation: DeclaredOperation, context: GraphqlContext): RequestContext {
  const { caller } = context;
  if (operation.kind !== 'mutation' || caller.commandId === undefined) return caller;
  const index = mutationsOf.get(context) ?? 0;
  mutationsOf.set(context, index + 1);
  return index === 0 ? caller : { ...caller, commandId: derivedId(caller.commandId, index) };
}

// The one road for everything that changes state, in one fixed order: validate, authorise, trace, run, record what left no event.
// Nothing is answered before its trace is durable: a change by its own events, a refusal or a no-op by an audit entry.
import { Inject, Injectable } from '@nestjs/common';
import {
  AUDIT,
  CLOCK,
  COMMAND_BUS,
  DuplicateConflict,
  EVENT_STORE,
  handleCommand,
  IDS,
  isoNow,
  PLATFORM_TENANT,
  rejected,
  Rejection,
  StreamDeleted,
  TIMERS,
  Unavailable,
  WrongExpectedVersion,
  type Audit,
  type AuditRecord,
  type Clock,
  type Command,
  type CommandBus,
  type CommandMetadata,
  type CommandOutcome,
  type EventStore,
  type Ids,
  type RequestContext,
  type Timers,
} from '@kari/kernel';
import { wording } from '@kari/protocol';
import { COMMANDS, type AnyCommandDefinition, type Registry } from '@kari/platform/registry';
import { currentTraceparent, withSpan, type SpanOptions } from '@kari/platform/telemetry';
import { withinDeadline } from './deadline.js';
import { RecentStreams } from './recent-streams.js';
import { subjectOf } from './subject.js';
import { TENANT_GATE, type TenantGate } from './tenant-gate.port.js';
import { InvalidInput, validated } from './validation.js';

/** A caller waits at most this long for the store or the trail before it is told that they are unavailable. */
const DEADLINE_MS = 1_800;
/** What is left at least for the audit entry when the decision itself took long. */
const LEAST_FOR_TRAIL_MS = 150;

@Injectable()
export class StoreCommandBus implements CommandBus {
  /** By decider: two of them may read one stream, each in its own way. */
  private readonly recent = new Map<AnyCommandDefinition['decider'], RecentStreams>();

  constructor(
    @Inject(COMMANDS) private readonly commands: Registry<AnyCommandDefinition>,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(AUDIT) private readonly audit: Audit,
    @Inject(TENANT_GATE) private readonly tenants: TenantGate,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(TIMERS) private readonly timers: Timers,
  ) {}

  async send<S = unknown>(command: Command, context: RequestContext): Promise<CommandOutcome<S>> {
    const commandId = context.commandId ?? this.ids.next();
    const until = this.clock.monotonic() + DEADLINE_MS;
    const attempt: Attempt = { type: command.type, context, tenant: context.tenant, commandId, until, subject: null };
    try {
      const outcome = await withinDeadline(this.timers, DEADLINE_MS, 'the event store', this.perform<S>(command, attempt));
      if (!outcome.changed) await this.record(attempt, { outcome: 'allowed' });
      return outcome;
    } catch (error) {
      // What the store could not do cannot be recorded in it either; the caller learns that nothing is certain, and may ask again.
      if (error instanceof Unavailable) throw error;
      const refusal = asRefusal(error, attempt);
      await this.record(attempt, traceOf(refusal));
      throw refusal.code === UNEXPECTED ? error : refusal;
    }
  }

  private async perform<S>(command: Command, attempt: Attempt): Promise<CommandOutcome<S>> {
    const definition = this.commands.get(command.type);
    if (definition === undefined) throw rejected('REQUEST_UNKNOWN_COMMAND', { type: command.type });
    attempt.tenant = definition.scope === 'platform' ? PLATFORM_TENANT : attempt.context.tenant;

    const data: unknown = validated(command.type, definition.schema, command.data);
    const stream = definition.stream(data, attempt.tenant);
    attempt.subject = definition.subject?.(data) ?? subjectOf(stream);
    await this.authorise(definition, attempt);

    return withSpan(`command ${command.type}`, spanOptions(attempt), async () => {
      const metadata = metadataOf(attempt, isoNow(this.clock), currentTraceparent() ?? attempt.context.traceparent);
      const wish = { type: command.type, data };
      const { decider, begins = false } = definition;
      return (await handleCommand(this.store, decider, stream, wish, metadata, this.recentOf(definition), begins)) as CommandOutcome<S>;
    });
  }

  private async authorise(definition: AnyCommandDefinition, { context, tenant, type }: Attempt): Promise<void> {
    if (!context.principal.may(definition.right, tenant)) throw rejected('REQUEST_DENIED', { operation: type, right: definition.right });
    const standing = await this.tenants.standing(tenant);
    if (standing === 'open') return;
    if (definition.whileSuspended === 'system' && context.principal.kind === 'system') return;
    throw standing === 'unknown'
      ? rejected('REQUEST_TENANT_REQUIRED', { reason: 'no such tenant exists' })
      : rejected('TENANCY_TENANT_SUSPENDED', { tenant, standing });
  }

  private recentOf({ decider }: AnyCommandDefinition): RecentStreams {
    const known = this.recent.get(decider) ?? new RecentStreams();
    this.recent.set(decider, known);
    return known;
  }

  private async record(attempt: Attempt, trace: Pick<AuditRecord, 'outcome' | 'code' | 'facts'>): Promise<void> {
    const { context, tenant, type, subject, commandId, until } = attempt;
    const { principal, correlationId, traceparent } = context;
    try {
      const left = Math.max(LEAST_FOR_TRAIL_MS, until - this.clock.monotonic());
      const entry = { tenant, actor: principal.id, actorKind: principal.kind, operation: type, subject, correlationId, commandId };
      const recording = this.audit.record({ ...entry, ...trace, ...(traceparent === undefined ? {} : { traceparent }) });
      await withinDeadline(this.timers, left, 'the audit trail', recording);
    } catch (error) {
      throw new Unavailable('the audit trail cannot be written', true, { cause: error });
    }
  }
}

export const commandBusProvider = { provide: COMMAND_BUS, useClass: StoreCommandBus };

interface Attempt {
  readonly type: string;
  readonly context: RequestContext;
  readonly commandId: string;
  /** Monotonic moment by which the caller must have an answer. */
  readonly until: number;
  /** Where the command acts: known once its definition is. */
  tenant: string;
  /** Known once its body is. */
  subject: string | null;
}

const UNEXPECTED = 'REQUEST_FAILED';

function asRefusal(error: unknown, { type, commandId }: Attempt): Rejection {
  if (error instanceof Rejection) return error;
  if (error instanceof WrongExpectedVersion) return rejected('REQUEST_CONFLICT', { operation: type });
  if (error instanceof DuplicateConflict) return rejected('REQUEST_KEY_REUSED', { operation: type, commandId });
  if (error instanceof StreamDeleted) return rejected('REQUEST_NOT_FOUND', { thing: 'stream', id: error.stream });
  return rejected(UNEXPECTED);
}

function traceOf(refusal: Rejection): Pick<AuditRecord, 'outcome' | 'code' | 'facts'> {
  const { kind } = wording(refusal.code, refusal.facts);
  return {
    outcome: kind === 'denied' || kind === 'unauthenticated' ? 'denied' : 'failed',
    code: refusal.code,
    facts: refusal instanceof InvalidInput ? refusal.auditFacts : refusal.facts,
  };
}

function spanOptions({ type, tenant, context }: Attempt): SpanOptions {
  const attributes = { 'kari.command': type, 'kari.tenant': tenant, 'kari.correlation': context.correlationId };
  return { attributes, ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }) };
}

function metadataOf({ context, tenant, commandId }: Attempt, now: string, traceparent: string | undefined): CommandMetadata {
  return {
    commandId,
    tenant,
    actor: context.principal.id,
    actorKind: context.principal.kind,
    correlationId: context.correlationId,
    ...(context.causationId === undefined ? {} : { causationId: context.causationId }),
    ...(traceparent === undefined ? {} : { traceparent }),
    now,
  };
}

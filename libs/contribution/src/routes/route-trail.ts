// One entry of the audit trail for each call of a route: before a change is made, behind a read, and for every refusal.
import { Inject, Injectable } from '@nestjs/common';
import { AUDIT, TIMERS, type Audit, type AuditRecord, type Rejection, type RequestContext, type Timers } from '@kari/kernel';
import { recordInTime } from '@kari/platform/command-bus';
import { wording } from '@kari/protocol';

@Injectable()
export class RouteTrail {
  constructor(
    @Inject(AUDIT) private readonly audit: Audit,
    @Inject(TIMERS) private readonly timers: Timers,
  ) {}

  /** Throws `Rejection` REQUEST_UNAVAILABLE: then nothing may be done, or answered. */
  async record(context: RequestContext, operation: string, subject: string | null, refusal: Rejection | null): Promise<void> {
    const { tenant, principal, correlationId, commandId, traceparent } = context;
    const entry: AuditRecord = {
      tenant,
      actor: principal.id,
      actorKind: principal.kind,
      operation,
      outcome: refusal === null ? 'allowed' : outcomeOf(refusal),
      subject: subject?.slice(0, 200) ?? null,
      ...(refusal === null ? {} : { code: refusal.code }),
      ...(refusal?.code === 'REQUEST_DENIED' ? { facts: { right: refusal.facts['right'] } } : {}),
      correlationId,
      ...(commandId === undefined ? {} : { commandId }),
      ...(traceparent === undefined ? {} : { traceparent }),
    };
    await recordInTime(this.audit, this.timers, entry);
  }
}

/** `denied` when somebody said no, `failed` when it did not work. */
function outcomeOf({ code, facts }: Rejection): AuditRecord['outcome'] {
  const { kind } = wording(code, facts);
  return kind === 'denied' || kind === 'unauthenticated' ? 'denied' : 'failed';
}

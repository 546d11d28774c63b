// The audit trail in the public schema.
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { PageArgs } from '@kari/platform/graphql';
import type { EntryRow } from './entry.projection.js';
import type { EntryView } from './entry.view.js';

const AuditOutcomeEnum = { ALLOWED: 'allowed', DENIED: 'denied', FAILED: 'failed' } as const;

registerEnumType(AuditOutcomeEnum, {
  name: 'AuditOutcome',
  description: 'ALLOWED: it was done. DENIED: somebody or some rule said no. FAILED: it was allowed, and did not work.',
});

@ObjectType({ description: 'A value that explains an outcome; never a secret, never content.' })
export class AuditFact {
  @Field(() => String)
  name!: string;

  @Field(() => String, { description: 'Text as it is, everything else as JSON.' })
  value!: string;
}

@ObjectType({ description: 'One operation: who did, or tried, what, where, when, and how it ended. Nothing in it ever changes.' })
export class AuditEntry {
  @Field(() => ID, { description: 'Number in the order of the log over the whole platform; a tenant sees its own, so with gaps.' })
  number!: string;

  @Field(() => ID)
  tenant!: string;

  @Field(() => Date)
  occurredAt!: Date;

  @Field(() => ID, { description: 'Opaque id.' })
  actor!: string;

  @Field(() => String, { description: 'user, service-account, extension or system' })
  actorKind!: string;

  @Field(() => String, {
    description: 'A command (`EnableExtension`), a field of the API (`query.extensions`), or a call of an extension (`http.fetch`).',
  })
  operation!: string;

  @Field(() => AuditOutcomeEnum)
  outcome!: EntryRow['outcome'];

  @Field(() => String, { nullable: true, description: 'Stable code of the refusal or failure.' })
  code!: string | null;

  @Field(() => String, { nullable: true, description: '`<thing>:<id>`' })
  subject!: string | null;

  @Field(() => [AuditFact])
  facts!: readonly AuditFact[];

  @Field(() => [String], { description: 'Types of the events that a change wrote.' })
  events!: readonly string[];

  @Field(() => ID)
  correlationId!: string;

  @Field(() => ID, { nullable: true })
  commandId!: string | null;

  @Field(() => String, { nullable: true })
  traceparent!: string | null;

  @Field(() => String, { description: 'Where in the log it stands.' })
  position!: string;
}

@InputType({ description: 'What is left out does not matter; what is given must hold all at once.' })
export class AuditEntryFilter {
  @Field(() => ID, { nullable: true, description: 'Read from the platform ("Kari-Tenant: _"): only that tenant.' })
  tenant?: string | null;

  @Field(() => ID, { nullable: true })
  actor?: string | null;

  @Field(() => String, { nullable: true })
  operation?: string | null;

  @Field(() => AuditOutcomeEnum, { nullable: true })
  outcome?: EntryRow['outcome'] | null;

  @Field(() => String, { nullable: true })
  subject?: string | null;

  @Field(() => ID, { nullable: true })
  correlationId?: string | null;

  @Field(() => Date, { nullable: true, description: 'From this moment on.' })
  since?: Date | null;

  @Field(() => Date, { nullable: true, description: 'Before this moment.' })
  until?: Date | null;
}

@ArgsType()
export class AuditEntriesArgs extends PageArgs {
  @Field(() => AuditEntryFilter, { nullable: true })
  filter?: AuditEntryFilter | null;

  @Field(() => String, { nullable: true, description: 'The position of a change that the answer must show.' })
  waitFor?: string | null;
}

export function auditEntryOf(row: EntryView): AuditEntry {
  const {
    number,
    tenant,
    occurredAt,
    actor,
    actorKind,
    operation,
    outcome,
    code,
    subject,
    events,
    correlationId,
    commandId,
    traceparent,
    position,
  } = row;
  const facts = Object.entries(row.facts).map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }));
  return {
    number,
    tenant,
    occurredAt,
    actor,
    actorKind,
    operation,
    outcome,
    code,
    subject,
    facts,
    events,
    correlationId,
    commandId,
    traceparent,
    position,
  };
}

// Emitted and sent events in the public schema.
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { CommandOutcome, RecordedEvent } from '@kari/kernel';
import { Json, PageArgs } from '@kari/platform/graphql';
import type { CloudEventDocument } from '../contract.js';
import type { SentState } from './cloud-event.decider.js';
import { dressed } from './cloud-event.rules.js';
import type { CloudEventView } from './cloud-event.view.js';

const CloudEventOriginEnum = { WORKFLOW: 'workflow', SENT: 'sent' } as const;
registerEnumType(CloudEventOriginEnum, {
  name: 'CloudEventOrigin',
  description: 'WORKFLOW: a run emitted it. SENT: it came in from outside.',
});

@ObjectType({ description: 'An event that no extension published, as CloudEvents 1.0 has it.' })
export class CloudEvent {
  @Field(() => ID, { description: 'Unique with `source`.' })
  id!: string;

  @Field(() => String)
  source!: string;

  @Field(() => String)
  type!: string;

  @Field(() => String, { nullable: true })
  subject!: string | null;

  @Field(() => Date)
  time!: Date;

  @Field(() => Json, { nullable: true })
  data!: unknown;

  @Field(() => CloudEventOriginEnum)
  origin!: string;

  @Field(() => ID, { nullable: true, description: 'The workflow that emitted it.' })
  workflow!: string | null;

  @Field(() => ID, { nullable: true, description: 'The run that emitted it.' })
  run!: string | null;

  @Field(() => Json, { description: 'The whole event in the JSON format of CloudEvents, as who listens sees it.' })
  document!: unknown;

  @Field(() => Date)
  publishedAt!: Date;

  @Field(() => ID)
  correlationId!: string;

  @Field(() => String, { description: 'Where in the log it stands.' })
  position!: string;
}

@InputType({ description: 'An event from outside, as CloudEvents 1.0 has it. With its data at most 64 KiB.' })
export class SendEventInput {
  @Field(() => ID, { description: 'Unique with `source`: the same event again changes nothing, another one is refused.' })
  id!: string;

  @Field(() => String, { description: 'A URI reference; none that begins with /kari/.' })
  source!: string;

  @Field(() => String, { description: 'None of an installed extension, and none that begins with kari.' })
  type!: string;

  @Field(() => String, { nullable: true })
  subject?: string | null;

  @Field(() => String, { nullable: true, description: 'RFC 3339. Default: when it came in.' })
  time?: string | null;

  @Field(() => String, { nullable: true })
  dataschema?: string | null;

  @Field(() => Json, { nullable: true })
  data?: unknown;

  @Field(() => Json, { nullable: true, description: 'Further attributes: names of a-z and 0-9, values texts, whole numbers or booleans.' })
  extensions?: unknown;
}

@ObjectType({ description: 'An event right after it was sent in.' })
export class SentEvent {
  @Field(() => ID)
  id!: string;

  @Field(() => Boolean, { description: 'False: it was there already.' })
  accepted!: boolean;

  @Field(() => String, { nullable: true })
  position!: string | null;
}

@ArgsType()
export class CloudEventArgs extends PageArgs {
  @Field(() => String, { nullable: true })
  type?: string | null;

  @Field(() => String, { nullable: true })
  source?: string | null;

  @Field(() => ID, { nullable: true })
  run?: string | null;

  @Field(() => String, { nullable: true, description: 'The position of a change that the answer must show.' })
  waitFor?: string | null;
}

export function attributesOf({ extensions, ...named }: SendEventInput): Record<string, unknown> {
  // What is no set of attributes is left to be refused as one.
  const further = typeof extensions === 'object' && !Array.isArray(extensions) ? extensions : { extensions };
  return Object.fromEntries(Object.entries({ ...further, ...named }).filter(([, value]) => value !== undefined && value !== null));
}

export function sentEvent(id: string, { changed, position }: CommandOutcome<SentState>): SentEvent {
  return { id, accepted: changed, position };
}

export function cloudEventOf(recorded: RecordedEvent): CloudEvent {
  const { meta, position } = recorded;
  return described(dressed(recorded)!, { publishedAt: new Date(meta.occurredAt), correlationId: meta.correlationId, position });
}

export function listedEventOf({ document, publishedAt, correlationId, position }: CloudEventView): CloudEvent {
  return described(document, { publishedAt, correlationId, position });
}

function described(document: CloudEventDocument, rest: Pick<CloudEvent, 'publishedAt' | 'correlationId' | 'position'>): CloudEvent {
  const { id, source, type, subject, time, data, kariorigin, kariworkflow, karirun } = document;
  return {
    id,
    source,
    type,
    subject: subject ?? null,
    time: new Date(time),
    data: data ?? null,
    origin: kariorigin,
    workflow: (kariworkflow as string | undefined) ?? null,
    run: (karirun as string | undefined) ?? null,
    document,
    ...rest,
  };
}

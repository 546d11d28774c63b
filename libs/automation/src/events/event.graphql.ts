// Events of extensions in the public schema.
import { ArgsType, Field, ID, ObjectType } from '@nestjs/graphql';
import type { RecordedEvent } from '@kari/kernel';
import { Json, PageArgs } from '@kari/platform/graphql';
import type { ExtensionEvent as PublishedEvent } from './extension-event.events.js';

@ObjectType({ description: 'Something that an extension says has happened.' })
export class ExtensionEvent {
  @Field(() => ID, { description: 'The same over repeated deliveries.' })
  id!: string;

  @Field(() => ID)
  extension!: string;

  @Field(() => String, { description: '`<extension>.<name>.v<major>`' })
  type!: string;

  @Field(() => String, { description: 'What it is about; events of one key are delivered in order.' })
  key!: string;

  @Field(() => Json, { nullable: true })
  data!: unknown;

  @Field(() => Date)
  publishedAt!: Date;

  @Field(() => ID)
  correlationId!: string;

  @Field(() => String, { description: 'Where in the log it stands.' })
  position!: string;
}

@ArgsType()
export class EventArgs extends PageArgs {
  @Field(() => ID, { nullable: true })
  extension?: string | null;

  @Field(() => String, { nullable: true })
  type?: string | null;

  @Field(() => String, { nullable: true })
  key?: string | null;

  @Field(() => String, { nullable: true, description: 'The position of a change that the answer must show.' })
  waitFor?: string | null;
}

export function eventOf({ id, data, meta, position }: RecordedEvent): ExtensionEvent {
  const { extension, type, key, data: body } = data as PublishedEvent['data'];
  return { id, extension, type, key, data: body, publishedAt: new Date(meta.occurredAt), correlationId: meta.correlationId, position };
}

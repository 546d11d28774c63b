// Process managers and reactors as an operator sees them.
import { Field, Int, ObjectType } from '@nestjs/graphql';

@ObjectType('Reaction', {
  description: 'Something that follows the log and acts: a process manager sends commands, a reactor has side effects.',
})
export class ReactionType {
  @Field(() => String, { description: '`<context>.<name>`.' })
  name!: string;

  @Field(() => String, { description: '`process-manager`, `reactor`, or `reactor-everywhere` (one in each process).' })
  kind!: string;

  @Field(() => String, { description: 'Position of the log up to which it has acted.' })
  position!: string;

  @Field(() => Int, { description: 'Events between it and the end of the log.' })
  behind!: number;

  @Field(() => Boolean, { description: 'Whether the process that answers runs it.' })
  here!: boolean;
}

@ObjectType('ParkedProcess', { description: 'A process that waits for an operator, with every later event that concerns it.' })
export class ParkedProcessType {
  @Field(() => String, { description: 'The process manager.' })
  manager!: string;

  @Field(() => String)
  process!: string;

  @Field(() => String)
  reason!: string;

  @Field(() => String, { description: 'Type of the event at fault.' })
  eventType!: string;

  @Field(() => Int, { description: 'Events that wait, the one at fault included.' })
  waiting!: number;

  @Field(() => String, { description: 'ISO 8601.' })
  parkedAt!: string;
}

// Read models as an operator sees them.
import { Field, Int, ObjectType } from '@nestjs/graphql';

@ObjectType('View', { description: 'A read model: a fold of the log that can be rebuilt from zero at any time.' })
export class ViewType {
  @Field(() => String, { description: '`<context>.<view>`.' })
  name!: string;

  @Field(() => Int, { description: 'Version of the fold behind the table that is read now.' })
  version!: number;

  @Field(() => String, { description: 'Position of the log up to which it is folded.' })
  position!: string;

  @Field(() => Int, { description: 'Events between it and the end of the log.' })
  behind!: number;

  @Field(() => String, { description: '`live`, `rebuilding` or `waiting`.' })
  state!: string;

  @Field(() => Int, { description: 'Rows that stand still because an event could not be folded.' })
  parkedKeys!: number;
}

@ObjectType('ViewHash', { description: 'Hash over all rows of a view at one position; equal hashes mean equal rows.' })
export class ViewHashType {
  @Field(() => String)
  name!: string;

  @Field(() => String)
  hash!: string;

  @Field(() => Int)
  rows!: number;

  @Field(() => String)
  position!: string;
}

@ObjectType('ParkedKey', { description: 'One row of a view that waits for an operator, with everything that came after.' })
export class ParkedKeyType {
  @Field(() => String)
  view!: string;

  @Field(() => String)
  key!: string;

  @Field(() => String)
  reason!: string;

  @Field(() => String, { description: 'Type of the event that could not be folded.' })
  eventType!: string;

  @Field(() => Int, { description: 'Events that wait, the one at fault included.' })
  waiting!: number;

  @Field(() => String, { description: 'ISO 8601.' })
  parkedAt!: string;
}

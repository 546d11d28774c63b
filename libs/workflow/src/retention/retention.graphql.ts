// The retention of runs in the public schema.
import { Field, ID, Int, ObjectType } from '@nestjs/graphql';

@ObjectType({ description: 'How long the histories of ended runs are kept.' })
export class RunRetentionSetting {
  @Field(() => Int, { nullable: true, description: 'From the end of a run; null: for ever.' })
  days!: number | null;

  @Field(() => Date, { nullable: true })
  setAt!: Date | null;

  @Field(() => ID, { nullable: true })
  setBy!: string | null;
}

@ObjectType()
export class ChangedRunRetention {
  @Field(() => Int, { nullable: true })
  days!: number | null;

  @Field(() => String, { nullable: true, description: 'Hand it to `waitFor` of `runRetention`.' })
  position!: string | null;
}

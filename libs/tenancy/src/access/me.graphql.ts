// The caller, as it sees itself.
import { Field, ID, ObjectType } from '@nestjs/graphql';

@ObjectType({ description: 'Who is asking, and what they may do in the tenant acted on.' })
export class Me {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'user or service-account' })
  kind!: string;

  @Field(() => ID, { description: 'The tenant acted on; "_": the platform.' })
  tenant!: string;

  @Field(() => ID, { description: 'Where the caller belongs.' })
  home!: string;

  @Field(() => String, { nullable: true })
  name!: string | null;

  @Field(() => [String])
  roles!: readonly string[];

  @Field(() => [String], { description: 'Rights held in the tenant acted on.' })
  rights!: readonly string[];
}

@ObjectType({ description: 'A session of a quarter of an hour, for a browser that should not keep an API token.' })
export class NewSession {
  @Field(() => String, { description: 'Send it as "Authorization: Bearer ...".' })
  value!: string;

  @Field(() => Date)
  expiresAt!: Date;
}

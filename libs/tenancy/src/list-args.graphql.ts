// What every list of this context takes.
import { ArgsType, Field } from '@nestjs/graphql';
import { PageArgs } from '@kari/platform/graphql';

@ArgsType()
export class ListArgs extends PageArgs {
  @Field(() => String, { nullable: true, description: 'The position of a change that the answer must show.' })
  waitFor?: string | null;
}

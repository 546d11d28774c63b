// Runs that can no longer go on, in the public schema.
import { ArgsType, Field, ObjectType } from '@nestjs/graphql';
import { RunFilterInput, WorkflowRun } from '../run/run.graphql.js';

@ObjectType({ description: 'An open run that cannot go on as its version is written, unless what it lacks comes back.' })
export class StuckWorkflowRun {
  @Field(() => WorkflowRun)
  run!: WorkflowRun;

  @Field(() => String, {
    nullable: true,
    description: 'JSON pointer of the task that it stands at, or may still come to, in the version that it goes by; null: all of it.',
  })
  pointer!: string | null;

  @Field(() => String, { description: 'Stable code of what it would meet there.' })
  code!: string;

  @Field(() => String, { description: 'In words.' })
  reason!: string;

  @Field(() => Boolean, { description: 'True: the task stands in a `try`, which may take the failure.' })
  mayBeCaught!: boolean;
}

@ObjectType({ description: 'The open runs that can no longer go on, as of now.' })
export class StuckWorkflowRuns {
  @Field(() => Boolean, { description: 'False: there are more; only the newest 1,000 whose version lacks something were looked at.' })
  exact!: boolean;

  @Field(() => [StuckWorkflowRun], { description: 'Newest first.' })
  runs!: readonly StuckWorkflowRun[];
}

@ArgsType()
export class StuckRunsArgs {
  @Field(() => RunFilterInput, { nullable: true, description: 'Default: all that have not ended.' })
  filter?: RunFilterInput | null;

  @Field(() => String, { nullable: true, description: 'The position of a change that the answer must show.' })
  waitFor?: string | null;
}

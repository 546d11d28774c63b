// Bulk wishes in the public schema.
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { RunFilterInput } from '../run/run.graphql.js';
import type { BulkAction } from './bulk.events.js';

export const BulkActionEnum = { CANCEL: 'cancel', RETRY: 'retry', MIGRATE: 'migrate' } as const;
registerEnumType(BulkActionEnum, {
  name: 'BulkRunsAction',
  description: 'CANCEL means runs that go on or are paused, RETRY runs that failed, MIGRATE runs that have not ended.',
});

const BulkStatusEnum = { RUNNING: 'running', ENDED: 'ended' } as const;
registerEnumType(BulkStatusEnum, { name: 'BulkRunsStatus' });

@ObjectType({ description: 'Which runs a bulk wish would mean now.' })
export class BulkRunsPreview {
  @Field(() => Int)
  count!: number;

  @Field(() => ID, { description: 'Names exactly this set: hand it to the mutation, which does it to this set or not at all.' })
  hash!: string;

  @Field(() => [ID], { description: 'All of them, oldest first; at most 1,000.' })
  runs!: readonly string[];
}

@ObjectType()
export class BulkRunsRefusal {
  @Field(() => ID)
  run!: string;

  @Field(() => String, { description: 'Stable code.' })
  code!: string;
}

@ObjectType({ description: 'One wish for many runs.' })
export class BulkRuns {
  @Field(() => ID)
  id!: string;

  @Field(() => BulkActionEnum)
  action!: BulkAction;

  @Field(() => BulkStatusEnum)
  status!: 'running' | 'ended';

  @Field(() => String, { nullable: true })
  reason!: string | null;

  @Field(() => Int)
  total!: number;

  @Field(() => Int)
  done!: number;

  @Field(() => Int)
  refused!: number;

  @Field(() => [BulkRunsRefusal], { description: 'Runs of which it could not be asked any more.' })
  refusals!: readonly BulkRunsRefusal[];

  @Field(() => ID)
  startedBy!: string;

  @Field(() => Date)
  startedAt!: Date;

  @Field(() => Date, { nullable: true })
  endedAt!: Date | null;

  @Field(() => ID, { description: 'Of every command it sends: the audit trail finds them by it.' })
  correlationId!: string;
}

@ObjectType()
export class StartedBulkRuns {
  @Field(() => ID)
  id!: string;

  @Field(() => Int)
  total!: number;

  @Field(() => String, { nullable: true })
  position!: string | null;
}

@InputType()
export class BulkRunsInput {
  @Field(() => RunFilterInput)
  filter!: RunFilterInput;

  @Field(() => ID, { description: 'Of the preview that was confirmed.' })
  hash!: string;

  @Field(() => String, { nullable: true, description: 'At most 500 characters.' })
  reason?: string | null;
}

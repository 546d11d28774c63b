// Migrations of runs in the public schema.
import { Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { wording } from '@kari/protocol';
import { RunFilterInput } from '../run/run.graphql.js';
import type { GivenMapping } from './mapping.rules.js';
import type { MigrationForeseen } from './run-migrations.js';

@InputType({ description: 'One task of the version that a run goes by, and the task that it is in the other one.' })
export class TaskMappingInput {
  @Field(() => String, {
    description:
      'Its name, or where several have it its JSON pointer or its place: the names on the way to it, such as /do/pay/try/charge.',
  })
  from!: string;

  @Field(() => String, { nullable: true, description: 'Named in the same way in the other version; null: it has no place there.' })
  to?: string | null;
}

const VERSION = { description: 'Any saved version of the workflow: its number, or `<number>@<hash>` as a run shows it.' };
const MAPPING = {
  nullable: true,
  description:
    'Tasks whose place differs; what stands in them moves along. Tasks with the same names on the way to them need no word. At most 500.',
};

@InputType()
export class MigrateRunInput {
  @Field(() => ID)
  run!: string;

  @Field(() => String, VERSION)
  version!: string;

  @Field(() => [TaskMappingInput], MAPPING)
  mapping?: TaskMappingInput[] | null;
}

@InputType()
export class RunMigrationPreviewInput {
  @Field(() => RunFilterInput, { description: 'It names one workflow; of its runs those that have not ended are meant.' })
  filter!: RunFilterInput;

  @Field(() => String, VERSION)
  version!: string;

  @Field(() => [TaskMappingInput], MAPPING)
  mapping?: TaskMappingInput[] | null;
}

@InputType()
export class BulkMigrateRunsInput extends RunMigrationPreviewInput {
  @Field(() => ID, { description: 'Of the preview that was confirmed.' })
  hash!: string;
}

@ObjectType({ description: 'Something open in a run that has no place in the other version.' })
export class RunMigrationObstacle {
  @Field(() => ID, { description: 'The task, as the run knows it.' })
  task!: string;

  @Field(() => String, { description: 'Where it stands in the version that the run goes by: what a mapping names.' })
  place!: string;

  @Field(() => String, { description: 'In words.' })
  reason!: string;
}

@ObjectType({ description: 'Where an open task stands, and would stand.' })
export class RunMigrationMove {
  @Field(() => ID)
  task!: string;

  @Field(() => String, { description: 'JSON pointer.' })
  from!: string;

  @Field(() => String, { nullable: true, description: 'JSON pointer in the other version; null: none.' })
  to!: string | null;
}

@ObjectType({ description: 'What would become of one run.' })
export class RunMigrationForeseen {
  @Field(() => ID)
  run!: string;

  @Field(() => String, { description: 'The version that it goes by now.' })
  from!: string;

  @Field(() => Boolean)
  possible!: boolean;

  @Field(() => String, { nullable: true, description: 'Stable code of the refusal.' })
  code!: string | null;

  @Field(() => String, { nullable: true, description: 'The refusal in words.' })
  reason!: string | null;

  @Field(() => [RunMigrationObstacle], { description: 'Everything that is in the way.' })
  obstacles!: readonly RunMigrationObstacle[];

  @Field(() => [RunMigrationMove], { description: 'Its open tasks.' })
  tasks!: readonly RunMigrationMove[];

  @Field(() => [ID], { description: 'Tasks that wait for other events from then on; they have heard none so far.' })
  listensAnew!: readonly string[];
}

@ObjectType({ description: 'What would become of the runs that are meant now.' })
export class RunMigrationPreview {
  @Field(() => Int)
  count!: number;

  @Field(() => Int, { description: 'How many of them would be moved.' })
  possible!: number;

  @Field(() => ID, { description: 'Names exactly this set: hand it to `bulkMigrateRuns`, which asks it of this set or of none.' })
  hash!: string;

  @Field(() => [RunMigrationForeseen], { description: 'All of them, oldest first; at most 1,000.' })
  runs!: readonly RunMigrationForeseen[];
}

export function mappingOf(given: readonly TaskMappingInput[] | null | undefined): readonly GivenMapping[] {
  return (given ?? []).map(({ from, to }) => ({ from, to: to ?? null }));
}

export function shownForeseen({ run, from, refusal, verdict }: MigrationForeseen): RunMigrationForeseen {
  return {
    run,
    from,
    possible: refusal === null,
    code: refusal?.code ?? null,
    reason: refusal === null ? null : wording(refusal.code, refusal.facts).message,
    obstacles: refusal === null ? [] : (verdict?.obstacles ?? []),
    tasks: verdict?.open ?? [],
    listensAnew: verdict?.anew ?? [],
  };
}

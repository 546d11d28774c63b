// Automations in the public schema.
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { CommandOutcome } from '@kari/kernel';
import { Json, PageArgs } from '@kari/platform/graphql';
import type { DeliveryState, DeliveryView } from '../delivery/delivery.view.js';
import type { AutomationState } from './automation.decider.js';
import type { AutomationView } from './automation.view.js';

const AutomationStatusEnum = { ENABLED: 'enabled', DISABLED: 'disabled', ABSENT: 'absent' } as const;
registerEnumType(AutomationStatusEnum, { name: 'AutomationStatus', description: 'ABSENT: it was deleted.' });

const AutomationOutcomeEnum = {
  WAITING: 'waiting',
  STARTED: 'started',
  FILTERED: 'filtered',
  FAILED: 'failed',
  PARKED: 'parked',
  DROPPED: 'dropped',
  SKIPPED: 'skipped',
} as const;
registerEnumType(AutomationOutcomeEnum, {
  name: 'AutomationOutcome',
  description:
    'FILTERED: its filter did not hold. FAILED is tried again; PARKED waits for a decision (retryParkedEvent, dropParkedEvent). SKIPPED: it was disabled or changed meanwhile.',
});
type AutomationOutcome = (typeof AutomationOutcomeEnum)[keyof typeof AutomationOutcomeEnum];

const AutomationTargetEnum = { WORKFLOW: 'workflow', TASK: 'task' } as const;
registerEnumType(AutomationTargetEnum, { name: 'AutomationTarget' });

@ObjectType({ description: 'Starts a workflow, or a background task, for each event of a type.' })
export class Automation {
  @Field(() => ID)
  name!: string;

  @Field(() => String)
  description!: string;

  @Field(() => String, { description: 'Of the events that it answers: those of extensions, of workflows, and from outside.' })
  type!: string;

  @Field(() => String, { nullable: true, description: 'jq over the CloudEvent. Null takes every event of the type.' })
  filter!: string | null;

  @Field(() => Json, { nullable: true, description: 'What the run is given. Null gives the CloudEvent itself.' })
  input!: unknown;

  @Field(() => ID, { description: 'What is started, by its name: a workflow in its active version, or a task.' })
  workflow!: string;

  @Field(() => AutomationTargetEnum)
  target!: 'workflow' | 'task';

  @Field(() => AutomationStatusEnum)
  status!: AutomationState['status'];

  @Field(() => Date)
  changedAt!: Date;

  @Field(() => ID)
  changedBy!: string;
}

@InputType()
export class SaveAutomationInput {
  @Field(() => ID, { description: '1 to 63 of a-z, 0-9 and hyphens.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'At most 300 characters.' })
  description?: string | null;

  @Field(() => String)
  type!: string;

  @Field(() => String, { nullable: true, description: 'jq over the CloudEvent, such as `.data.total > 100`. At most 4,096 characters.' })
  filter?: string | null;

  @Field(() => Json, {
    nullable: true,
    description: 'What the run is given, with `${ … }` over the CloudEvent. Default: the CloudEvent itself; for a task none.',
  })
  input?: unknown;

  @Field(() => ID, { nullable: true, description: 'Exactly one of workflow and task.' })
  workflow?: string | null;

  @Field(() => ID, { nullable: true, description: 'A background task, `<extension>/<name>`.' })
  task?: string | null;
}

@ObjectType({ description: 'An automation right after a change.' })
export class ChangedAutomation {
  @Field(() => ID)
  name!: string;

  @Field(() => AutomationStatusEnum)
  status!: AutomationState['status'];

  @Field(() => String)
  revision!: string;

  @Field(() => String, { nullable: true, description: 'Give it to a read as waitFor.' })
  position!: string | null;
}

@ObjectType({ description: 'What one automation did with one event. Kept for seven days after its end.' })
export class AutomationAnswer {
  @Field(() => ID, { description: 'Of the event in the log; with it a parked one is retried or dropped.' })
  event!: string;

  @Field(() => String)
  type!: string;

  @Field(() => String)
  key!: string;

  @Field(() => AutomationOutcomeEnum)
  outcome!: AutomationOutcome;

  @Field(() => ID, { nullable: true, description: 'The run that it started.' })
  run!: string | null;

  @Field(() => String, { nullable: true, description: 'What went wrong last.' })
  code!: string | null;

  @Field(() => Date, { nullable: true })
  doneAt!: Date | null;
}

@ArgsType()
export class AutomationsArgs extends PageArgs {
  @Field(() => String, { nullable: true, description: 'The position of a change that the answer must show.' })
  waitFor?: string | null;
}

@ArgsType()
export class AutomationHistoryArgs extends PageArgs {
  @Field(() => ID)
  name!: string;
}

export function automationOfView({
  name,
  description,
  type,
  filter,
  input,
  workflow,
  target,
  status,
  changedAt,
  changedBy,
}: AutomationView): Automation {
  return { name, description, type, filter, input, workflow, target: target ?? 'workflow', status, changedAt, changedBy };
}

export function changedAutomation(
  name: string,
  { state, revision, position }: Pick<CommandOutcome<AutomationState>, 'state' | 'revision' | 'position'>,
): ChangedAutomation {
  return { name, status: state.status, revision: String(revision), position };
}

export function answerOf({ event, type, key, state, result, lastCode, doneAt }: DeliveryView): AutomationAnswer {
  return {
    event,
    type,
    key,
    outcome: outcomeOf(state, result, lastCode),
    run: result !== null && 'run' in result ? result.run : null,
    code: lastCode,
    doneAt,
  };
}

function outcomeOf(state: DeliveryState, result: DeliveryView['result'], code: string | null): AutomationOutcome {
  if (state === 'delivered') return result?.outcome ?? 'started';
  if (state !== 'pending') return state;
  return code === null ? 'waiting' : 'failed';
}

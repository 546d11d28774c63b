// Deliveries in the public schema.
import { ArgsType, Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { CommandOutcome } from '@kari/kernel';
import { PageArgs } from '@kari/platform/graphql';
import type { DeliveryState } from './delivery.view.js';
import type { ParkedState } from './parked-event.decider.js';

const DeliveryStateEnum = {
  PENDING: 'pending',
  DELIVERED: 'delivered',
  PARKED: 'parked',
  DROPPED: 'dropped',
  SKIPPED: 'skipped',
} as const;
registerEnumType(DeliveryStateEnum, {
  name: 'EventDeliveryState',
  description: 'PARKED waits for an operator; SKIPPED means that the subscriber is gone or may not have it any more.',
});

const ParkedStatusEnum = { OPEN: 'open', PARKED: 'parked', DROPPED: 'dropped' } as const;
registerEnumType(ParkedStatusEnum, { name: 'ParkedEventStatus' });

@ObjectType({ description: 'One event on its way to one subscriber. Kept for seven days after its end.' })
export class EventDelivery {
  @Field(() => ID)
  event!: string;

  @Field(() => ID, { description: 'The extension it goes to; `automation:<name>` for an automation.' })
  subscriber!: string;

  @Field(() => String)
  type!: string;

  @Field(() => String)
  key!: string;

  @Field(() => DeliveryStateEnum)
  state!: DeliveryState;

  @Field(() => Int, { description: 'Times the handler refused it.' })
  failures!: number;

  @Field(() => Int, { description: 'Times the sandbox crashed with it in hand.' })
  crashes!: number;

  @Field(() => String, { nullable: true, description: 'What went wrong last.' })
  lastCode!: string | null;

  @Field(() => Date, { description: 'Not tried before this moment.' })
  nextAt!: Date;

  @Field(() => Date, { nullable: true })
  doneAt!: Date | null;
}

@ObjectType({ description: 'A delivery that went wrong too often. Later events of its key wait behind it.' })
export class ParkedEvent {
  @Field(() => ID)
  event!: string;

  @Field(() => ID)
  subscriber!: string;

  @Field(() => ID, { description: 'The extension that published it; `workflow` or `sent` where none did.' })
  extension!: string;

  @Field(() => String)
  type!: string;

  @Field(() => String)
  key!: string;

  @Field(() => String, { description: 'What went wrong last.' })
  code!: string;

  @Field(() => Int)
  failures!: number;

  @Field(() => Int)
  crashes!: number;

  @Field(() => Date)
  parkedAt!: Date;
}

@ObjectType({ description: 'A parked event right after a decision.' })
export class ChangedParkedEvent {
  @Field(() => ID)
  event!: string;

  @Field(() => ID)
  subscriber!: string;

  @Field(() => ParkedStatusEnum)
  status!: ParkedState['status'];

  @Field(() => String)
  revision!: string;

  @Field(() => String, { nullable: true })
  position!: string | null;
}

@ArgsType()
export class DeliveryArgs extends PageArgs {
  @Field(() => ID, { nullable: true })
  event?: string | null;

  @Field(() => ID, { nullable: true })
  subscriber?: string | null;

  @Field(() => DeliveryStateEnum, { nullable: true })
  state?: DeliveryState | null;
}

@ArgsType()
export class ParkedArgs extends PageArgs {
  @Field(() => String, { nullable: true, description: 'The position of a change that the answer must show.' })
  waitFor?: string | null;
}

export function changedParkedEvent(event: string, subscriber: string, outcome: CommandOutcome<ParkedState>): ChangedParkedEvent {
  return { event, subscriber, status: outcome.state.status, revision: String(outcome.revision), position: outcome.position };
}

// Notifications of approvals in the public schema.
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { PageArgs } from '@kari/platform/graphql';
import type { NotificationRowState } from './notification.view.js';

const NotificationStateEnum = { PENDING: 'pending', DELIVERED: 'delivered', PARKED: 'parked', DROPPED: 'dropped' } as const;
registerEnumType(NotificationStateEnum, {
  name: 'ApprovalNotificationState',
  description: 'PARKED waits for an operator; DROPPED was given up, or there was no webhook any more.',
});

@ObjectType({ description: 'Where this tenant is told of approvals.' })
export class ApprovalWebhook {
  @Field(() => String)
  url!: string;

  @Field(() => String, { description: 'Name of the secret of `workflows` that messages are signed with.' })
  secret!: string;
}

@ObjectType({ description: 'The webhook of approvals right after a change.' })
export class ChangedApprovalWebhook {
  @Field(() => ApprovalWebhook, { nullable: true })
  webhook!: ApprovalWebhook | null;

  @Field(() => String, { nullable: true })
  position!: string | null;
}

@ObjectType({ description: 'One state of an approval on its way to the webhook. Kept for 30 days after its end.' })
export class ApprovalNotification {
  @Field(() => ID, { description: 'What the webhook gets as `webhook-id`, the same at each attempt.' })
  id!: string;

  @Field(() => ID)
  run!: string;

  @Field(() => ID)
  approval!: string;

  @Field(() => String, { description: 'approval.requested, .approved, .rejected, .expired or .withdrawn.' })
  type!: string;

  @Field(() => NotificationStateEnum)
  state!: NotificationRowState;

  @Field(() => Int)
  attempts!: number;

  @Field(() => String, { nullable: true, description: 'What went wrong last: a code, or STATUS_ and the status of the answer.' })
  lastCode!: string | null;

  @Field(() => Date, { description: 'Not tried before this moment.' })
  nextAt!: Date;

  @Field(() => Date)
  queuedAt!: Date;

  @Field(() => Date, { nullable: true })
  doneAt!: Date | null;
}

@ObjectType({ description: 'A notification right after a decision about it.' })
export class ChangedApprovalNotification {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { nullable: true })
  position!: string | null;
}

@InputType()
export class SetApprovalWebhookInput {
  @Field(() => String, { description: 'https, or http for a private host; its host must be open to workflows (`openWorkflowHost`).' })
  url!: string;

  @Field(() => String, { description: 'Name of a secret of `workflows` (`setSecret`) that is bound to the host.' })
  secret!: string;
}

@ArgsType()
export class ApprovalNotificationArgs extends PageArgs {
  @Field(() => NotificationStateEnum, { nullable: true })
  state?: NotificationRowState | null;
}

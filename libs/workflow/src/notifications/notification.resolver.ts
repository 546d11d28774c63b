// Notifications of approvals in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { COMMAND_BUS, type CommandBus, type RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, Operation, pageRequest, type Connection } from '@kari/platform/graphql';
import {
  ApprovalNotification,
  ApprovalNotificationArgs,
  ApprovalWebhook,
  ChangedApprovalNotification,
  ChangedApprovalWebhook,
  SetApprovalWebhookInput,
} from './notification.graphql.js';
import { NotificationQueries } from './notification.queries.js';
import { WebhookNotifier } from './webhook-notifier.adapter.js';

@Resolver()
export class NotificationResolver {
  constructor(
    private readonly queries: NotificationQueries,
    private readonly webhooks: WebhookNotifier,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
  ) {}

  @Query(() => ApprovalWebhook, { nullable: true, description: 'Where this tenant is told of approvals; null: in the log of the server.' })
  @Operation({ right: 'run.read', scope: 'tenant', audit: 'entry' })
  approvalWebhook(@Caller() { tenant }: RequestContext): Promise<ApprovalWebhook | null> {
    return this.webhooks.of(tenant);
  }

  @Query(() => ConnectionOf(ApprovalNotification), { description: 'What the webhook was told, is told, or could not be told.' })
  @Operation({ right: 'run.read', scope: 'tenant', audit: 'entry' })
  approvalNotifications(
    @Args() { state, ...page }: ApprovalNotificationArgs,
    @Caller() { tenant }: RequestContext,
  ): Promise<Connection<ApprovalNotification>> {
    return this.queries.page(pageRequest('approvalNotifications', page, tenant), state ?? null);
  }

  @Mutation(() => ChangedApprovalWebhook, {
    description: 'From now on each state of an approval is told there, signed as Standard Webhooks has it.',
  })
  @Operation({ right: 'workflow.manage', scope: 'tenant', audit: 'command' })
  setApprovalWebhook(
    @Args('input') { url, secret }: SetApprovalWebhookInput,
    @Caller() caller: RequestContext,
  ): Promise<ChangedApprovalWebhook> {
    return this.change({ type: 'SetApprovalWebhook', data: { url, secret } }, caller);
  }

  @Mutation(() => ChangedApprovalWebhook, { description: 'Nobody outside is told any more; what is under way is dropped.' })
  @Operation({ right: 'workflow.manage', scope: 'tenant', audit: 'command' })
  clearApprovalWebhook(@Caller() caller: RequestContext): Promise<ChangedApprovalWebhook> {
    return this.change({ type: 'ClearApprovalWebhook', data: {} }, caller);
  }

  @Mutation(() => ChangedApprovalNotification, { description: 'Tells a parked notification again, with its attempts forgotten.' })
  @Operation({ right: 'run.operate', scope: 'tenant', audit: 'command' })
  retryApprovalNotification(
    @Args('id', { type: () => ID }) id: string,
    @Caller() caller: RequestContext,
  ): Promise<ChangedApprovalNotification> {
    return this.decide('RetryApprovalNotification', id, caller);
  }

  @Mutation(() => ChangedApprovalNotification, { description: 'Gives up on a parked notification.' })
  @Operation({ right: 'run.operate', scope: 'tenant', audit: 'command' })
  dropApprovalNotification(
    @Args('id', { type: () => ID }) id: string,
    @Caller() caller: RequestContext,
  ): Promise<ChangedApprovalNotification> {
    return this.decide('DropApprovalNotification', id, caller);
  }

  private async change(command: { type: string; data: object }, caller: RequestContext): Promise<ChangedApprovalWebhook> {
    const { state, position } = await this.bus.send<ApprovalWebhook | null>(command, caller);
    return { webhook: state, position };
  }

  private async decide(type: string, notification: string, caller: RequestContext): Promise<ChangedApprovalNotification> {
    const { position } = await this.bus.send({ type, data: { notification } }, caller);
    return { id: notification, position };
  }
}

// The commands over webhooks of approvals and parked notifications: parking is the platform's own, the decision an operator's.
import type { AnyCommandDefinition } from '@kari/platform/registry';
import { approvalWebhookDecider, webhookStream } from './approval-webhook.decider.js';
import {
  clearApprovalWebhook,
  dropApprovalNotification,
  parkApprovalNotification,
  retryApprovalNotification,
  setApprovalWebhook,
} from './notification.commands.js';
import { notificationDecider, notificationStream } from './notification.decider.js';

interface About {
  readonly notification: string;
}

const webhook = {
  scope: 'tenant' as const,
  right: 'workflow.manage',
  stream: (_: unknown, tenant: string) => webhookStream(tenant),
  subject: () => 'webhook:approvals',
  decider: approvalWebhookDecider,
};
const parked = {
  scope: 'tenant' as const,
  right: 'run.operate',
  stream: ({ notification }: About, tenant: string) => notificationStream(tenant, notification),
  subject: ({ notification }: About) => `notification:${notification}`,
  decider: notificationDecider,
};

export const notificationCommands: readonly AnyCommandDefinition[] = [
  { ...webhook, type: 'SetApprovalWebhook', schema: setApprovalWebhook },
  { ...webhook, type: 'ClearApprovalWebhook', schema: clearApprovalWebhook },
  { ...parked, type: 'ParkApprovalNotification', schema: parkApprovalNotification, right: 'run.advance', whileSuspended: 'system' },
  { ...parked, type: 'RetryApprovalNotification', schema: retryApprovalNotification },
  { ...parked, type: 'DropApprovalNotification', schema: dropApprovalNotification },
];

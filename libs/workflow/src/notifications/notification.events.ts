// Where a tenant is told of approvals, and what became of notifications that went wrong too often.
import type { DomainEvent } from '@kari/kernel';
import type { z } from 'zod';
import {
  clearApprovalWebhook,
  dropApprovalNotification,
  parkApprovalNotification,
  retryApprovalNotification,
  setApprovalWebhook,
} from './notification.commands.js';

export const WEBHOOK_CATEGORY = 'workflow.approval-webhook';
export const NOTIFICATION_CATEGORY = 'workflow.notification';

export type ApprovalWebhookEvent =
  | DomainEvent<'ApprovalWebhookSet', z.infer<typeof setApprovalWebhook>>
  | DomainEvent<'ApprovalWebhookCleared', z.infer<typeof clearApprovalWebhook>>;

export type NotificationEvent =
  | DomainEvent<'ApprovalNotificationParked', z.infer<typeof parkApprovalNotification>>
  | DomainEvent<'ApprovalNotificationRetried', z.infer<typeof retryApprovalNotification>>
  | DomainEvent<'ApprovalNotificationDropped', z.infer<typeof dropApprovalNotification>>;

export const notificationEvents = [
  { type: 'ApprovalWebhookSet', version: 1, schema: setApprovalWebhook },
  { type: 'ApprovalWebhookCleared', version: 1, schema: clearApprovalWebhook },
  { type: 'ApprovalNotificationParked', version: 1, schema: parkApprovalNotification },
  { type: 'ApprovalNotificationRetried', version: 1, schema: retryApprovalNotification },
  { type: 'ApprovalNotificationDropped', version: 1, schema: dropApprovalNotification },
] as const;

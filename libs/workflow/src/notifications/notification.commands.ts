// Wishes about where a tenant is told of approvals, and about one notification that went wrong too often.
import type { Command } from '@kari/kernel';
import { z } from 'zod';

export const setApprovalWebhook = z.strictObject({
  url: z.string().min(1).max(2_000),
  /** Name of a secret of the tenant's workflows: the value never travels in a command. */
  secret: z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/, 'a secret is named like api_key'),
});
export const clearApprovalWebhook = z.strictObject({});

const about = { notification: z.uuid() };
export const parkApprovalNotification = z.strictObject({
  ...about,
  run: z.uuid(),
  approval: z.uuid(),
  code: z.string(),
  attempts: z.number().int().min(1),
});
export const retryApprovalNotification = z.strictObject(about);
export const dropApprovalNotification = z.strictObject(about);

export type ApprovalWebhookCommand =
  Command<'SetApprovalWebhook', z.infer<typeof setApprovalWebhook>> | Command<'ClearApprovalWebhook', z.infer<typeof clearApprovalWebhook>>;

export type NotificationCommand =
  | Command<'ParkApprovalNotification', z.infer<typeof parkApprovalNotification>>
  | Command<'RetryApprovalNotification', z.infer<typeof retryApprovalNotification>>
  | Command<'DropApprovalNotification', z.infer<typeof dropApprovalNotification>>;

import { describe, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import { approvalWebhookDecider } from './approval-webhook.decider.js';
import type { ApprovalWebhookCommand } from './notification.commands.js';
import type { ApprovalWebhookEvent } from './notification.events.js';

const { given } = specify(approvalWebhookDecider);
const at = (url: string, secret = 'hook'): ApprovalWebhookCommand => ({ type: 'SetApprovalWebhook', data: { url, secret } });
const set = (url: string, secret = 'hook'): ApprovalWebhookEvent => ({ type: 'ApprovalWebhookSet', data: { url, secret } });
const clear: ApprovalWebhookCommand = { type: 'ClearApprovalWebhook', data: {} };
const cleared: ApprovalWebhookEvent = { type: 'ApprovalWebhookCleared', data: {} };
const HERE = 'https://example.org/approvals?team=1';

describe('the webhook of approvals', () => {
  it('is set, replaced and cleared; the same again changes nothing', () => {
    given([])
      .when(at(HERE))
      .then([set(HERE)]);
    given([set(HERE)])
      .when(at(HERE))
      .thenNothing();
    given([set(HERE)])
      .when(at(HERE, 'other'))
      .then([set(HERE, 'other')]);
    given([set(HERE)])
      .when(clear)
      .then([cleared]);
    given([set(HERE), cleared])
      .when(clear)
      .thenNothing();
  });

  it('is an address without anything secret in it', () => {
    for (const url of ['nowhere', 'ftp://example.org', 'https://me:pass@example.org', 'https://example.org/#x']) {
      given([]).when(at(url)).thenRejected('WORKFLOW_WEBHOOK_INVALID');
    }
  });
});

// Tells a tenant's webhook of an approval, as Standard Webhooks has it: signed with a secret of the tenant's workflows, to hosts that are open to them.
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, EVENT_STORE, rejected, type Clock, type EventStore } from '@kari/kernel';
import { SECRETS, WORKFLOWS, type Secrets } from '@kari/data/contract';
import { StreamFolds } from '@kari/platform/command-bus';
import { OUTGOING_CALLS, type OutgoingCalls } from '@kari/security/contract';
import { approvalWebhookDecider, webhookStream, type ApprovalWebhook } from './approval-webhook.decider.js';
import type { ApprovalWebhookEvent } from './notification.events.js';
import type { Notification } from './notification.rules.js';
import type { Notifier } from './notifier.port.js';
import { signed } from './standard-webhook.js';

const TIMEOUT_MS = 10_000;

@Injectable()
export class WebhookNotifier implements Notifier {
  private readonly webhooks: StreamFolds<ApprovalWebhookEvent, ApprovalWebhook | null>;

  constructor(
    @Inject(OUTGOING_CALLS) private readonly calls: OutgoingCalls,
    @Inject(SECRETS) private readonly secrets: Secrets,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(EVENT_STORE) store: EventStore,
  ) {
    this.webhooks = new StreamFolds(store, approvalWebhookDecider);
  }

  /** As the log has it now; null for none. */
  async of(tenant: string): Promise<ApprovalWebhook | null> {
    return (await this.webhooks.read(webhookStream(tenant))).state;
  }

  async tell({ id, tenant, run, body, correlationId }: Notification, signal: AbortSignal): Promise<void> {
    const webhook = await this.of(tenant);
    if (webhook === null) throw rejected('WORKFLOW_WEBHOOK_NONE', {});
    const { url, secret } = webhook;
    const seconds = Math.floor(this.clock.now() / 1_000);
    const { status } = await this.calls.send({
      tenant,
      owner: null,
      correlationId,
      signal,
      url,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(body),
      timeoutMs: TIMEOUT_MS,
      follow: false,
      // Looked up once it is certain where the request goes.
      conceal: async () => {
        const value = await this.secrets.reveal({
          tenant,
          extension: WORKFLOWS,
          handle: secret,
          host: new URL(url).host,
          correlationId,
          run,
        });
        return { headers: { ...signed(value, id, seconds, body) }, body: null, values: [value] };
      },
    });
    if (status < 200 || status > 299) throw rejected('WORKFLOW_WEBHOOK_REFUSED', { status });
  }
}

// Puts what is to be told of approvals into the queue, and carries decisions about parked notifications there. Follows the log: at least once.
import { Inject, Injectable } from '@nestjs/common';
import type { RecordedEvent } from '@kari/kernel';
import type { Reactor } from '@kari/platform/registry';
import { LogNotifier } from './log-notifier.adapter.js';
import { NotificationQueue } from './notification-queue.js';
import { NOTIFIED, notificationOf } from './notification.rules.js';
import { WebhookNotifier } from './webhook-notifier.adapter.js';

@Injectable()
export class ApprovalNotifications implements Reactor {
  readonly name = 'workflow.notifications';
  readonly runs = 'once';
  readonly handles = [...NOTIFIED, 'ApprovalNotificationRetried', 'ApprovalNotificationDropped'];

  constructor(
    @Inject(NotificationQueue) private readonly queue: Pick<NotificationQueue, 'add' | 'unpark'>,
    @Inject(WebhookNotifier) private readonly webhooks: Pick<WebhookNotifier, 'of'>,
    @Inject(LogNotifier) private readonly log: LogNotifier,
  ) {}

  async react(event: RecordedEvent): Promise<void> {
    const { tenant } = event.meta;
    const notification = notificationOf(event);
    if (notification !== null) {
      if ((await this.webhooks.of(tenant)) === null) await this.log.tell(notification);
      else await this.queue.add(notification);
      return;
    }
    const { notification: id } = event.data as { readonly notification: string };
    await this.queue.unpark(tenant, id, event.type === 'ApprovalNotificationRetried' ? 'retry' : 'drop');
  }
}

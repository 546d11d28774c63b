// Hands one event to the handler of one extension, if it may have it now.
import { Inject, Injectable } from '@nestjs/common';
import { derivedId, Rejection, Unavailable } from '@kari/kernel';
import { INSTALLATIONS, type Installations } from '@kari/extension/contract';
import { SANDBOXES, type Sandboxes } from '@kari/sandbox/contract';
import { listensTo } from '../events/extension-event.rules.js';
import type { Delivery } from './delivery-queue.js';
import { DEADLINE_MS } from './delivery.rules.js';
import type { Attempt, Subscriber } from './subscriber.js';

@Injectable()
export class ExtensionSubscriber implements Subscriber {
  constructor(
    @Inject(INSTALLATIONS) private readonly installations: Installations,
    @Inject(SANDBOXES) private readonly sandboxes: Sandboxes,
  ) {}

  async attempt({ tenant, subscriber, id, type, key, data, publishedAt, extension, correlationId }: Delivery): Promise<Attempt> {
    try {
      const installation = this.installations.find(tenant, subscriber);
      // Asked again at each delivery: a grant revoked since the event was queued counts.
      if (installation === null || !listensTo(installation, type)) return { code: 'AUTOMATION_NOT_SUBSCRIBED' };
      if (installation.status !== 'enabled') return { code: 'SANDBOX_NOT_ENABLED' };
      await this.sandboxes.invoke({
        tenant,
        extension: subscriber,
        handler: `event:${type}`,
        input: { id, type, key, time: publishedAt, data },
        context: {
          correlationId,
          actor: { id: extension, kind: isExtension(extension) ? 'extension' : 'system' },
          idempotencyKey: derivedId('event-delivery', subscriber, id),
        },
        deadlineMs: DEADLINE_MS,
        depth: 0,
      });
      return { code: null };
    } catch (error) {
      if (error instanceof Rejection) return { code: error.code };
      if (error instanceof Unavailable) return { code: 'REQUEST_UNAVAILABLE' };
      throw error;
    }
  }
}

/** Names of extensions have two parts; events that no extension published say `workflow` or `sent`. */
function isExtension(publisher: string): boolean {
  return publisher.includes('.');
}

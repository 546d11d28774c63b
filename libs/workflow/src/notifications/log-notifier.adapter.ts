// Approvals of tenants that have no webhook stand in the log of the server.
import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import type { Notification } from './notification.rules.js';
import type { Notifier } from './notifier.port.js';

@Injectable()
export class LogNotifier implements Notifier {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  tell({ id, tenant, run, approval, type }: Notification): Promise<void> {
    this.logger.info({ notification: id, tenant, run, approval, type }, 'an approval changed');
    return Promise.resolve();
  }
}

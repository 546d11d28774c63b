// Decides over one notification that went wrong too often: parked, then tried again or dropped for good.
import { rejected, streamId, type Decider, type StreamId } from '@kari/kernel';
import type { NotificationCommand } from './notification.commands.js';
import { NOTIFICATION_CATEGORY, type NotificationEvent } from './notification.events.js';

export type NotificationState = 'open' | 'parked' | 'dropped';

export function notificationStream(tenant: string, notification: string): StreamId {
  return streamId(NOTIFICATION_CATEGORY, tenant, notification);
}

export const notificationDecider: Decider<NotificationCommand, NotificationEvent, NotificationState> = {
  decide(command, state) {
    const { notification } = command.data;
    switch (command.type) {
      case 'ParkApprovalNotification':
        return state === 'open' ? [{ type: 'ApprovalNotificationParked', data: command.data }] : [];
      case 'RetryApprovalNotification':
        if (state !== 'parked') throw rejected('WORKFLOW_NOTIFICATION_NOT_PARKED', { notification });
        return [{ type: 'ApprovalNotificationRetried', data: command.data }];
      case 'DropApprovalNotification':
        if (state !== 'parked') throw rejected('WORKFLOW_NOTIFICATION_NOT_PARKED', { notification });
        return [{ type: 'ApprovalNotificationDropped', data: command.data }];
    }
  },
  evolve(_state, { type }) {
    switch (type) {
      case 'ApprovalNotificationParked':
        return 'parked';
      case 'ApprovalNotificationRetried':
        return 'open';
      case 'ApprovalNotificationDropped':
        return 'dropped';
    }
  },
  initialState: 'open',
};

import { it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import type { NotificationCommand } from './notification.commands.js';
import { notificationDecider } from './notification.decider.js';
import type { NotificationEvent } from './notification.events.js';

const { given } = specify(notificationDecider);
const notification = '00000000-0000-7000-8000-000000000001';
const details = { notification, run: notification, approval: notification, code: 'STATUS_500', attempts: 10 };
const park: NotificationCommand = { type: 'ParkApprovalNotification', data: details };
const retry: NotificationCommand = { type: 'RetryApprovalNotification', data: { notification } };
const drop: NotificationCommand = { type: 'DropApprovalNotification', data: { notification } };
const parked: NotificationEvent = { type: 'ApprovalNotificationParked', data: details };
const retried: NotificationEvent = { type: 'ApprovalNotificationRetried', data: { notification } };
const dropped: NotificationEvent = { type: 'ApprovalNotificationDropped', data: { notification } };

it('is parked once, tried again or dropped only while it is, and parked anew after that', () => {
  given([]).when(park).then([parked]);
  given([parked]).when(park).thenNothing();
  given([parked]).when(retry).then([retried]);
  given([parked]).when(drop).then([dropped]);
  given([parked, retried]).when(park).then([parked]);
  for (const before of [[], [parked, retried], [parked, dropped]]) {
    given(before).when(retry).thenRejected('WORKFLOW_NOTIFICATION_NOT_PARKED');
    given(before).when(drop).thenRejected('WORKFLOW_NOTIFICATION_NOT_PARKED');
  }
});

import { describe, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import type { ParkedEventCommand } from './parked-event.commands.js';
import { parkedEventDecider } from './parked-event.decider.js';
import type { ParkedEventEvent } from './parked-event.events.js';

const { given } = specify(parkedEventDecider);
const delivery = { subscriber: 'acme.listener', event: '00000000-0000-7000-8000-000000000001' };
const details = {
  ...delivery,
  extension: 'acme.source',
  type: 'acme.source.added.v1',
  key: 'k',
  code: 'SANDBOX_CRASHED',
  failures: 0,
  crashes: 3,
};
const park: ParkedEventCommand = { type: 'ParkEvent', data: details };
const retry: ParkedEventCommand = { type: 'RetryParkedEvent', data: delivery };
const drop: ParkedEventCommand = { type: 'DropParkedEvent', data: delivery };
const parked: ParkedEventEvent = { type: 'EventDeliveryParked', data: details };
const retried: ParkedEventEvent = { type: 'EventDeliveryRetried', data: delivery };
const dropped: ParkedEventEvent = { type: 'EventDeliveryDropped', data: delivery };

describe('a parked delivery', () => {
  it('is parked once, and again after it was tried again', () => {
    given([]).when(park).then([parked]);
    given([parked]).when(park).thenNothing();
    given([parked, retried]).when(park).then([parked]);
    given([parked, dropped]).when(park).thenNothing();
  });

  it('is tried again or dropped, only while parked', () => {
    given([parked]).when(retry).then([retried]);
    given([parked]).when(drop).then([dropped]);
    for (const wish of [retry, drop]) {
      given([]).when(wish).thenRejected('AUTOMATION_DELIVERY_NOT_PARKED');
      given([parked, retried]).when(wish).thenRejected('AUTOMATION_DELIVERY_NOT_PARKED');
      given([parked, dropped]).when(wish).thenRejected('AUTOMATION_DELIVERY_NOT_PARKED');
    }
  });
});

// Decides over one delivery that was parked: tried again, or dropped for good.
import { rejected, type Decider } from '@kari/kernel';
import type { ParkedEventCommand } from './parked-event.commands.js';
import type { ParkedEventEvent } from './parked-event.events.js';

export interface ParkedState {
  readonly status: 'open' | 'parked' | 'dropped';
}

export const parkedEventDecider: Decider<ParkedEventCommand, ParkedEventEvent, ParkedState> = {
  decide(command, { status }) {
    const { subscriber, event } = command.data;
    switch (command.type) {
      case 'ParkEvent':
        return status === 'open' ? [{ type: 'EventDeliveryParked', data: command.data }] : [];
      case 'RetryParkedEvent':
        if (status !== 'parked') throw rejected('AUTOMATION_DELIVERY_NOT_PARKED', { subscriber, event, status });
        return [{ type: 'EventDeliveryRetried', data: command.data }];
      case 'DropParkedEvent':
        if (status !== 'parked') throw rejected('AUTOMATION_DELIVERY_NOT_PARKED', { subscriber, event, status });
        return [{ type: 'EventDeliveryDropped', data: command.data }];
    }
  },
  evolve(_state, event) {
    switch (event.type) {
      case 'EventDeliveryParked':
        return { status: 'parked' };
      case 'EventDeliveryRetried':
        return { status: 'open' };
      case 'EventDeliveryDropped':
        return { status: 'dropped' };
    }
  },
  initialState: { status: 'open' },
};

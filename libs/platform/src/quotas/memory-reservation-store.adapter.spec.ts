import { manualClock } from '@kari/kernel/testing';
import { reservationsSuite } from '../../../../test/ports/reservations.suite.js';
import { MemoryReservationStore } from './index.js';

reservationsSuite('memory', () => {
  const clock = manualClock();
  const store = new MemoryReservationStore(clock);
  return Promise.resolve({ process: () => store, pass: (milliseconds) => clock.advance(milliseconds), end: () => Promise.resolve() });
});

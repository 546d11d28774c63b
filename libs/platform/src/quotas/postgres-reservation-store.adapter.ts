// The moments that all processes share: one row a key, changed by one statement under its row lock, on the database's clock alone.
import type { SystemDatabase } from '../database/index.js';
import type { ReservationStore } from './reservation-store.port.js';
import { waitsOf, type Pace } from './reservation.rules.js';

// `greatest` also against the time of a caller that waited for the lock longer than one that came later.
const RESERVE = `
  insert into quotas.reservation as r (key, free_at)
  values ($1, clock_timestamp() + make_interval(secs => $2::float8))
  on conflict (key) do update set free_at = greatest(r.free_at, clock_timestamp()) + make_interval(secs => $2::float8)
  returning extract(epoch from free_at - clock_timestamp()) * 1000 as ahead`;

const FORGET = 'delete from quotas.reservation where free_at < clock_timestamp()';

export class PostgresReservationStore implements ReservationStore {
  constructor(private readonly database: SystemDatabase) {}

  async reserve(key: string, pace: Pace, count: number): Promise<readonly number[]> {
    const [row] = await this.database.query<{ ahead: string }>(RESERVE, [key, (count * pace.perMs) / pace.limit / 1000]);
    return waitsOf({ free: Number(row?.ahead ?? 0) }, pace, 0, count);
  }

  /** What was worked off is as if it had never been. */
  async forgetPast(): Promise<void> {
    await this.database.query(FORGET);
  }
}

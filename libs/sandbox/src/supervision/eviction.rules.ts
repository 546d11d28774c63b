// Which idle sandbox gives up its place: the one that nobody has used for the longest time.

export interface Occupant {
  readonly tenant: string;
  readonly extension: string;
  /** Null while it works: working sandboxes are never evicted. */
  readonly idleMilliseconds: number | null;
}

export const idleLimitMs = 5 * 60_000;

export function isForgotten({ idleMilliseconds }: Occupant): boolean {
  return idleMilliseconds !== null && idleMilliseconds >= idleLimitMs;
}

/** Who must leave before one more may start; null when there is room, `full` when nobody can. */
export function leaver<T extends Occupant>(running: readonly T[], limit: number): T | null | 'full' {
  if (running.length < limit) return null;
  const idle = running.filter(({ idleMilliseconds }) => idleMilliseconds !== null);
  if (idle.length === 0) return 'full';
  return idle.reduce((oldest, one) => ((one.idleMilliseconds ?? 0) > (oldest.idleMilliseconds ?? 0) ? one : oldest));
}

// What all processes have used up together. Two adapters: a table that they share, and memory for tests of one process.
import type { Leased, Rate } from './quota.rules.js';

export const QUOTA_STORE = Symbol('QuotaStore');

export interface QuotaStore {
  /**
   * Takes from the bucket of that key, by `lease` of the rules: `want`, or at least `need`, or nothing. No two callers are given the same token.
   * Throws `Unavailable`.
   */
  lease(key: string, rate: Rate, need: number, want: number): Promise<Leased>;
}

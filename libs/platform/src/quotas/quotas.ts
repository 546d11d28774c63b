// What one process may let pass: slices of the shared count in hand, and a count of its own while the shared one cannot be reached.
import type { Clock, Timers } from '@kari/kernel';
import { withinDeadline } from '../command-bus/deadline.js';
import { MemoryQuotaStore } from './memory-quota-store.adapter.js';
import type { QuotaStore } from './quota-store.port.js';
import { sliceOf, type Rate } from './quota.rules.js';

export interface QuotaParts {
  readonly store: QuotaStore;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Told when the shared count cannot be had and this process counts alone. */
  readonly onAway?: (error: unknown) => void;
}

/** A caller is not kept waiting for a count. */
const ANSWER_WITHIN_MS = 1_000;
/** How long the process counts alone before it asks again. */
const ALONE_MS = 1_000;
/** A slice nobody uses any more: what it was cut from has filled up again. */
const STALE_MS = 2_000;
const MOST_KEYS = 10_000;

interface Hand {
  tokens: number;
  /** Monotonic. */
  usedAt: number;
  /** Until then nobody needs to ask for so much or more. */
  closedUntil: number;
  closedFor: number;
  asking: Promise<void> | null;
}

export class Quotas {
  private readonly hands = new Map<string, Hand>();
  private readonly alone: MemoryQuotaStore;
  private aloneUntil = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: QuotaParts) {
    this.alone = new MemoryQuotaStore(parts.clock);
  }

  /** Takes that many, or nothing; answers how many milliseconds to wait, 0 when they were taken. More than a whole burst counts as one. */
  async take(key: string, rate: Rate, count: number): Promise<number> {
    const need = Math.min(count, rate.burst);
    const hand = this.handOf(key);
    for (;;) {
      const now = this.parts.clock.monotonic();
      if (now - hand.usedAt > STALE_MS) hand.tokens = 0;
      hand.usedAt = now;
      if (hand.tokens >= need) {
        hand.tokens -= need;
        return 0;
      }
      if (now < hand.closedUntil && need >= hand.closedFor) return hand.closedUntil - now;
      hand.asking ??= this.ask(key, rate, need, hand).finally(() => {
        hand.asking = null;
      });
      await hand.asking;
    }
  }

  private async ask(key: string, rate: Rate, need: number, hand: Hand): Promise<void> {
    const { granted, retryMs } = await this.leased(key, rate, need, Math.max(need, sliceOf(rate)));
    if (granted > 0) {
      hand.tokens += granted;
      return;
    }
    hand.closedUntil = this.parts.clock.monotonic() + retryMs;
    hand.closedFor = need;
  }

  private async leased(key: string, rate: Rate, need: number, want: number): ReturnType<QuotaStore['lease']> {
    const { store, clock, timers, onAway } = this.parts;
    if (clock.monotonic() < this.aloneUntil) return this.alone.lease(key, rate, need, want);
    try {
      return await withinDeadline(timers, ANSWER_WITHIN_MS, 'the shared count of rates', store.lease(key, rate, need, want));
    } catch (error) {
      this.aloneUntil = clock.monotonic() + ALONE_MS;
      onAway?.(error);
      return this.alone.lease(key, rate, need, want);
    }
  }

  private handOf(key: string): Hand {
    const known = this.hands.get(key);
    if (known !== undefined) return known;
    if (this.hands.size >= MOST_KEYS) this.dropStale();
    const hand: Hand = {
      tokens: 0,
      usedAt: this.parts.clock.monotonic(),
      closedUntil: Number.NEGATIVE_INFINITY,
      closedFor: 0,
      asking: null,
    };
    this.hands.set(key, hand);
    return hand;
  }

  private dropStale(): void {
    const now = this.parts.clock.monotonic();
    for (const [key, hand] of this.hands)
      if (hand.asking === null && now - hand.usedAt > STALE_MS && now >= hand.closedUntil) this.hands.delete(key);
  }
}

import { describe, expect, it } from '@jest/globals';
import { calm, heartbeat, isDead, isStarved, pinged, tick, type Pulse, type Tick } from './heartbeat.rules.js';

const quiet: Tick = { elapsedMs: heartbeat.tickMs, heldMs: 0, mainThread: { ranMs: heartbeat.tickMs, waitedMs: 0 } };

function after(milliseconds: number, one: Tick, from: Pulse = pinged(calm)): Pulse {
  let pulse = from;
  for (let passed = 0; passed < milliseconds; passed += one.elapsedMs) pulse = tick(pulse, one);
  return pulse;
}

describe('silence', () => {
  it('counts only while an answer is waited for', () => expect(isDead(after(60_000, quiet, calm))).toBe(false));

  it('of five seconds is death', () => {
    expect([isDead(after(4750, quiet)), isDead(after(5000, quiet))]).toEqual([false, true]);
  });

  it('does not start anew with the next ping', () => expect(pinged(after(3000, quiet)).silentMs).toBe(3000));

  it('does not count while we hold the process', () => expect(isDead(after(60_000, { ...quiet, heldMs: heartbeat.tickMs }))).toBe(false));

  it('counts for the time between two holds: who is frozen for its appetite is judged for the rest', () => {
    const throttled: Tick = { ...quiet, heldMs: heartbeat.tickMs / 2 };
    expect([isDead(after(9500, throttled)), isDead(after(10_000, throttled))]).toEqual([false, true]);
  });

  it('does not count for the time our own loop was late', () => {
    expect(tick(pinged(calm), { ...quiet, elapsedMs: 20_000 }).silentMs).toBe(2 * heartbeat.tickMs);
  });

  it('does not count while it is starved, for half a minute at most (57)', () => {
    const starved: Tick = { ...quiet, mainThread: { ranMs: 0, waitedMs: heartbeat.tickMs } };
    expect(isDead(after(heartbeat.graceMs, starved))).toBe(false);
    expect(isDead(after(heartbeat.graceMs + heartbeat.silenceMs, starved))).toBe(true);
  });

  it('of a process that sleeps, or runs in a loop, is judged', () => {
    expect(isDead(after(5000, { ...quiet, mainThread: { ranMs: 0, waitedMs: 0 } }))).toBe(true);
    expect(isDead(after(5000, { ...quiet, mainThread: { ranMs: 200, waitedMs: 50 } }))).toBe(true);
    expect(isDead(after(5000, { ...quiet, mainThread: null }))).toBe(true);
  });
});

it('starved is who waited, and ran less than a hundredth of that', () => {
  expect([isStarved({ ranMs: 1, waitedMs: 99 }), isStarved({ ranMs: 0.5, waitedMs: 99 }), isStarved(null)]).toEqual([false, true, false]);
});

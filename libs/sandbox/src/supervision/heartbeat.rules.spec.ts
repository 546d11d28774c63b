import { describe, expect, it } from '@jest/globals';
import {
  calm,
  deadlineJudged,
  finishedCall,
  heartbeat,
  isDead,
  isStarved,
  isStarvedFor,
  pinged,
  tick,
  type Pulse,
  type Tick,
} from './heartbeat.rules.js';

const quiet: Tick = {
  elapsedMs: heartbeat.tickMs,
  heldMs: 0,
  mainThread: { ranMs: heartbeat.tickMs, waitedMs: 0, runnable: true },
  calls: null,
};

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
    const starved: Tick = { ...quiet, mainThread: { ranMs: 0, waitedMs: heartbeat.tickMs, runnable: true } };
    expect(isDead(after(heartbeat.graceMs, starved))).toBe(false);
    expect(isDead(after(heartbeat.graceMs + heartbeat.silenceMs, starved))).toBe(true);
  });

  it('of a process that sleeps, or runs in a loop, is judged', () => {
    expect(isDead(after(5000, { ...quiet, mainThread: { ranMs: 0, waitedMs: 0, runnable: false } }))).toBe(true);
    expect(isDead(after(5000, { ...quiet, mainThread: { ranMs: 200, waitedMs: 50, runnable: true } }))).toBe(true);
    expect(isDead(after(5000, { ...quiet, mainThread: null }))).toBe(true);
  });
});

describe('where the deadline of a call is the judge', () => {
  const longestMs = 120_000;
  const working: Tick = { ...quiet, calls: { running: true, longestMs } };
  const idle: Tick = { ...quiet, calls: { running: false, longestMs } };

  it('silence does not count while a call runs, for as long as the longest call may last', () => {
    expect(after(longestMs - heartbeat.tickMs, working).silentMs).toBe(0);
  });

  it('a second is left once the deadline has passed', () => {
    const judged = deadlineJudged(after(60_000, working));
    expect([isDead(after(1000, working, judged)), isDead(after(1250, working, judged))]).toEqual([false, true]);
  });

  it('a stream of new calls excuses nobody who is stuck in the first', () => {
    expect([isDead(after(longestMs + 1000, working)), isDead(after(longestMs + 1250, working))]).toEqual([false, true]);
  });

  it('each call that is finished shows life: the next one has its own time', () => {
    expect(after(longestMs - heartbeat.tickMs, working, finishedCall(after(longestMs - heartbeat.tickMs, working))).silentMs).toBe(0);
  });

  it('the heartbeat judges between calls', () => {
    expect([isDead(after(4750, idle)), isDead(after(5000, idle))]).toEqual([false, true]);
  });

  it('a deadline that passes while no pong is waited for judges nothing', () => expect(deadlineJudged(calm)).toEqual(calm));
});

it('starved is who waited, and ran less than a hundredth of that', () => {
  const of = (ranMs: number, waitedMs: number, runnable = true) => isStarved({ ranMs, waitedMs, runnable });
  expect([of(1, 99), of(0.5, 99), of(1, 0), isStarved(null)]).toEqual([false, true, false, false]);
});

it('a wait that goes on is no sleep: the kernel counts it only when it is over', () => {
  expect([true, false].map((runnable) => isStarved({ ranMs: 0, waitedMs: 0, runnable }))).toEqual([true, false]);
});

it('that sleeps through a call and wakes a little late was not starved of it', () => {
  const of = (ranMs: number, waitedMs: number, runnable = false) => isStarvedFor({ ranMs, waitedMs, runnable }, 1_000);
  expect([of(0.02, 30), of(0.02, 99), of(0.02, 100), of(0, 0, true), of(0, 0)]).toEqual([false, false, true, true, false]);
});

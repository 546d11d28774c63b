// The one place where the machine's clock, timers, chance and ids enter the platform.
import { randomBytes } from 'node:crypto';
import type { Clock, Ids, Random, Timer, Timers } from '@kari/kernel';
import { v7 } from 'uuid';

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

export const systemTimers: Timers = {
  after: (milliseconds, task) => cancelling(setTimeout(task, milliseconds)),
  every: (milliseconds, task) => cancelling(setInterval(task, milliseconds)),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(asError(signal.reason));
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      }, milliseconds);
      function abort(): void {
        clearTimeout(timer);
        reject(asError(signal?.reason));
      }
      signal?.addEventListener('abort', abort, { once: true });
    }),
};

export const systemIds: Ids = { next: () => v7() };

export const systemRandom: Random = {
  next: () => Math.random(),
  bytes: (count) => randomBytes(count),
};

function cancelling(timer: NodeJS.Timeout): Timer {
  timer.unref();
  return { cancel: () => clearTimeout(timer) };
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted');
}

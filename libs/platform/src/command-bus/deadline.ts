// Bounds a wait. The work itself goes on: whoever gives up must treat its outcome as unknown.
import { Unavailable, type Timers } from '@kari/kernel';

export async function withinDeadline<T>(timers: Timers, milliseconds: number, what: string, work: Promise<T>): Promise<T> {
  let expire: (() => void) | undefined;
  const expired = new Promise<never>((_, reject) => {
    expire = () => reject(new Unavailable(`${what} did not answer within ${milliseconds} ms`, true));
  });
  const timer = timers.after(milliseconds, () => expire?.());
  try {
    return await Promise.race([work, expired]);
  } finally {
    timer.cancel();
  }
}

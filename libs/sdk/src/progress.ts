// How far a run of a task has come: one word on its way at a time, the newest next. The host answers when it may have another one.
import type { RunnerHost } from '@kari/protocol/broker';

interface Word {
  readonly fraction: number | null;
  readonly note: string | null;
}

export function progressOf(host: RunnerHost, invocation: string): (fraction: number | null, note?: string) => void {
  let next: Word | null = null;
  let isOnItsWay = false;
  const send = async (): Promise<void> => {
    isOnItsWay = true;
    for (let word = next; word !== null; word = next) {
      next = null;
      // Who looks on is no reason for the work to fail.
      await host.call('tasks.progress', word, { invocation }).catch(() => undefined);
    }
    isOnItsWay = false;
  };
  return (fraction, note) => {
    next = {
      fraction: fraction === null ? (next?.fraction ?? null) : Math.min(1, Math.max(0, Number(fraction))),
      note: note === undefined ? (next?.note ?? null) : String(note).slice(0, 500),
    };
    if (!isOnItsWay) void send();
  };
}

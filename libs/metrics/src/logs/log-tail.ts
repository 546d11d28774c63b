// Log lines as they are written: woken by this process's writer, read from the table, at the pace of the reader. So a slow reader costs no memory, and one
// that comes back with its last line misses none. Lines of other processes are seen at the next look.
import type { Timers } from '@kari/kernel';
import type { LogFilter, LogQueries } from './log.queries.js';
import type { LogView } from './log.view.js';
import type { LogWriter } from './log-writer.js';

const PAGE = 100;
const LOOK_EACH_MILLISECONDS = 2_000;

export interface TailRequest {
  readonly tenant: string;
  readonly filter: LogFilter;
  /** Id of the last line seen; exclusive. */
  readonly after: string;
  readonly signal: AbortSignal;
}

export async function* tailLogs(request: TailRequest, queries: LogQueries, writer: LogWriter, timers: Timers): AsyncGenerator<LogView> {
  const { tenant, filter, signal } = request;
  let last = request.after;
  let news = true;
  let wake: () => void = () => undefined;
  const tell = (): void => {
    news = true;
    wake();
  };
  const unlisten = writer.onWritten((lines) => {
    if (lines.some((line) => line.tenant === tenant && (filter.extension === null || line.extension === filter.extension))) tell();
  });
  const look = timers.every(LOOK_EACH_MILLISECONDS, tell);
  signal.addEventListener('abort', tell, { once: true });
  try {
    while (!signal.aborted) {
      if (!news) await new Promise<void>((resolve) => (wake = resolve));
      news = false;
      for (
        let rows = await queries.after(tenant, filter, last, PAGE);
        rows.length > 0;
        rows = await queries.after(tenant, filter, last, PAGE)
      ) {
        for (const row of rows) {
          if (signal.aborted) return;
          last = row.id;
          yield row;
        }
      }
    }
  } finally {
    unlisten();
    look.cancel();
    signal.removeEventListener('abort', tell);
  }
}

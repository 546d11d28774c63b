// Rows of log lines: written and removed in bounded batches by the system, one statement each.
import type { SystemDatabase } from '@kari/platform/database';
import { levels, type LogLine } from './log-line.js';

export interface LogStore {
  /** Writing a line again changes nothing. */
  write(lines: readonly LogLine[]): Promise<void>;
  /** Removes up to `limit` lines older than that; answers how many. */
  removeOlderThan(time: string, limit: number): Promise<number>;
}

export function postgresLogStore(database: SystemDatabase): LogStore {
  return {
    write: async (lines) => {
      const column = <T>(pick: (line: LogLine) => T): T[] => lines.map(pick);
      await database.query(
        `insert into metrics.log (tenant, id, extension, version, written_at, level, source, message, fields, correlation)
         select * from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::smallint[], $7::text[], $8::text[], $9::jsonb[], $10::text[])
         on conflict (tenant, id) do nothing`,
        [
          column((line) => line.tenant),
          column((line) => line.id),
          column((line) => line.extension),
          column((line) => line.version),
          column((line) => line.writtenAt),
          column((line) => levels[line.level]),
          column((line) => line.source),
          column((line) => line.message),
          column((line) => (line.fields === null ? null : JSON.stringify(line.fields))),
          column((line) => line.correlation),
        ],
      );
    },
    removeOlderThan: async (time, limit) => {
      const removed = await database.query(
        `delete from metrics.log where (tenant, id) in (select tenant, id from metrics.log where written_at < $1 order by written_at limit $2) returning 1`,
        [time, limit],
      );
      return removed.length;
    },
  };
}

// Reads of extensions' log lines: pages newest first, and what came after a line oldest first.
import { Inject, Injectable } from '@nestjs/common';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import type { SelectQueryBuilder } from 'typeorm';
import { levels, type LogLevel } from './log-line.js';
import { LogView } from './log.view.js';

export interface LogFilter {
  readonly extension: string | null;
  /** This level and everything more severe. */
  readonly level: LogLevel | null;
  /** Part of the message, whatever its case. */
  readonly text: string | null;
  readonly correlation: string | null;
  readonly from: Date | null;
  readonly to: Date | null;
}

@Injectable()
export class LogQueries {
  constructor(@Inject(READ_DATABASE) private readonly database: ReadDatabase) {}

  async page(tenant: string, filter: LogFilter, request: PageRequest): Promise<Connection<LogView>> {
    const rows = await this.database.readAs(tenant, (manager) => {
      const query = filtered(manager.createQueryBuilder(LogView, 'log'), tenant, filter).orderBy('log.id', 'DESC').limit(request.limit);
      if (request.after !== null) query.andWhere('log.id < :after::uuid', { after: request.after[0] });
      return query.getMany();
    });
    return pageOf(rows, request, (row) => [row.id]);
  }

  /** Up to `limit` lines after that one, oldest first. */
  after(tenant: string, filter: LogFilter, id: string, limit: number): Promise<readonly LogView[]> {
    return this.database.readAs(tenant, (manager) =>
      filtered(manager.createQueryBuilder(LogView, 'log'), tenant, filter)
        .andWhere('log.id > :id::uuid', { id })
        .orderBy('log.id', 'ASC')
        .limit(limit)
        .getMany(),
    );
  }
}

function filtered(query: SelectQueryBuilder<LogView>, tenant: string, filter: LogFilter): SelectQueryBuilder<LogView> {
  query.where('log.tenant = :tenant', { tenant });
  if (filter.extension !== null) query.andWhere('log.extension = :extension', { extension: filter.extension });
  if (filter.level !== null) query.andWhere('log.level >= :level', { level: levels[filter.level] });
  if (filter.correlation !== null) query.andWhere('log.correlation = :correlation', { correlation: filter.correlation });
  if (filter.text !== null) query.andWhere("log.message ilike '%' || :text || '%'", { text: filter.text.replace(/[\\%_]/g, '\\$&') });
  if (filter.from !== null) query.andWhere('log.written_at >= :from', { from: filter.from });
  if (filter.to !== null) query.andWhere('log.written_at < :to', { to: filter.to });
  return query;
}

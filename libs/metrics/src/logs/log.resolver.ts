// Log lines of extensions in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Query, Resolver, Subscription } from '@nestjs/graphql';
import { IDS, TIMERS, type Ids, type RequestContext, type Timers } from '@kari/kernel';
import { Caller, ConnectionOf, Gone, mapPage, Operation, pageRequest, type Connection } from '@kari/platform/graphql';
import { LogArgs, LogEntry, logEntryOf, LogFilterArgs, logFilterOf } from './log.graphql.js';
import { LogQueries } from './log.queries.js';
import { tailLogs } from './log-tail.js';
import { lineId } from './line-id.rules.js';
import type { LogView } from './log.view.js';
import { LogWriter } from './log-writer.js';

const aboutExtension = ({ extension }: { extension?: string | null }) => (typeof extension === 'string' ? `extension:${extension}` : null);

@Resolver()
export class LogResolver {
  constructor(
    private readonly queries: LogQueries,
    private readonly writer: LogWriter,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(TIMERS) private readonly timers: Timers,
  ) {}

  @Query(() => ConnectionOf(LogEntry), { description: 'What extensions logged in this tenant, newest first.' })
  @Operation({ right: 'log.read', scope: 'tenant', audit: 'entry', subject: aboutExtension })
  async logs(@Args() args: LogArgs, @Caller() caller: RequestContext): Promise<Connection<LogEntry>> {
    return mapPage(await this.queries.page(caller.tenant, logFilterOf(args), pageRequest('logs', args, caller.tenant)), logEntryOf);
  }

  @Subscription(() => LogEntry, {
    description: 'Lines as they are written; `after` resumes behind a line by its id.',
    resolve: (row: LogView) => logEntryOf(row),
  })
  @Operation({ right: 'log.read', scope: 'tenant', audit: 'entry', subject: aboutExtension })
  logWritten(
    @Args() filter: LogFilterArgs,
    @Caller() caller: RequestContext,
    @Gone() signal: AbortSignal,
    @Args('after', { type: () => ID, nullable: true }) after?: string | null,
  ): AsyncIterable<LogView> {
    const request = { tenant: caller.tenant, filter: logFilterOf(filter), after: lineId(after ?? this.ids.next()), signal };
    return tailLogs(request, this.queries, this.writer, this.timers);
  }
}

// Log lines of extensions in the public schema.
import { ArgsType, Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { PageArgs } from '@kari/platform/graphql';
import { levelOf, type LogLevel } from './log-line.js';
import type { LogFilter } from './log.queries.js';
import type { LogView } from './log.view.js';

const LogLevelEnum = { DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
const LogSourceEnum = { LOG: 'log', CONSOLE: 'console', HOST: 'host' } as const;

registerEnumType(LogLevelEnum, { name: 'LogLevel' });
registerEnumType(LogSourceEnum, {
  name: 'LogSource',
  description: 'Who wrote a line: the extension through its log, its console, or the host about it.',
});

@ArgsType()
export class LogFilterArgs {
  @Field(() => ID, { nullable: true, description: 'Default: every extension.' })
  extension?: string | null;

  @Field(() => LogLevelEnum, { nullable: true, description: 'This level and everything more severe.' })
  level?: LogLevel | null;

  @Field(() => String, { nullable: true, description: 'Part of the message, whatever its case; 200 characters at most.' })
  text?: string | null;

  @Field(() => String, { nullable: true, description: 'Lines of one request, by its correlation id.' })
  correlation?: string | null;
}

@ArgsType()
export class LogArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: 'Default: every extension.' })
  extension?: string | null;

  @Field(() => LogLevelEnum, { nullable: true, description: 'This level and everything more severe.' })
  level?: LogLevel | null;

  @Field(() => String, { nullable: true, description: 'Part of the message, whatever its case; 200 characters at most.' })
  text?: string | null;

  @Field(() => String, { nullable: true, description: 'Lines of one request, by its correlation id.' })
  correlation?: string | null;

  @Field(() => Date, { nullable: true })
  from?: Date | null;

  @Field(() => Date, { nullable: true })
  to?: Date | null;
}

@ObjectType({
  description: 'One line that an extension, or the host about it, wrote in this tenant. Secrets are taken out before it is kept.',
})
export class LogEntry {
  @Field(() => ID)
  id!: string;

  @Field(() => ID)
  extension!: string;

  @Field(() => String)
  version!: string;

  @Field(() => Date)
  writtenAt!: Date;

  @Field(() => LogLevelEnum)
  level!: LogLevel;

  @Field(() => LogSourceEnum)
  source!: LogView['source'];

  @Field(() => String)
  message!: string;

  @Field(() => String, { nullable: true, description: 'Further fields, as JSON.' })
  fields!: string | null;

  @Field(() => String, { nullable: true })
  correlationId!: string | null;
}

export function logEntryOf(row: LogView): LogEntry {
  const { id, extension, version, writtenAt, source, message } = row;
  const fields = row.fields === null ? null : JSON.stringify(row.fields);
  return { id, extension, version, writtenAt, level: levelOf(row.level), source, message, fields, correlationId: row.correlation };
}

export function logFilterOf(args: Partial<LogArgs>): LogFilter {
  return {
    extension: args.extension ?? null,
    level: args.level ?? null,
    text: args.text?.slice(0, 200) ?? null,
    correlation: args.correlation ?? null,
    from: args.from ?? null,
    to: args.to ?? null,
  };
}

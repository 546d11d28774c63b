// One line of an extension's log, and how severe it is.

/** Severity as a number, so that "at least warn" is a comparison. */
export const levels = { debug: 10, info: 20, warn: 30, error: 40 } as const;
export type LogLevel = keyof typeof levels;

export function levelOf(severity: number): LogLevel {
  return (Object.keys(levels) as LogLevel[]).findLast((level) => levels[level] <= severity) ?? 'debug';
}

export interface LogLine {
  /** uuid v7: its order is the order of writing. */
  readonly id: string;
  readonly tenant: string;
  readonly extension: string;
  readonly version: string;
  readonly writtenAt: string;
  readonly level: LogLevel;
  readonly source: 'log' | 'console' | 'host';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | null;
  readonly correlation: string | null;
}

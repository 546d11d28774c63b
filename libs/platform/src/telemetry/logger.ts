// Writes log lines with pino. Everything passes the redactor first: pino sees only plain, bounded, clean copies.
import { pino, type DestinationStream, type Level, type Logger as Pino } from 'pino';
import type { Logger } from './logger.port.js';
import type { Redactor } from './redaction.js';
import { currentScope } from './scope.js';

// A field of one of these names would stand twice in the line and could forge what the line says of itself.
const OWN_KEYS = new Set(['level', 'time', 'message', 'correlationId', 'tenant', 'actor', 'traceparent']);

export interface LoggerSettings {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Default: standard output. */
  readonly destination?: DestinationStream;
}

export function createLogger(settings: LoggerSettings, redactor: Redactor): Logger {
  const options = {
    level: settings.level,
    base: null,
    messageKey: 'message',
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return new PinoLogger(settings.destination === undefined ? pino(options) : pino(options, settings.destination), redactor, {});
}

class PinoLogger implements Logger {
  constructor(
    private readonly pino: Pino,
    private readonly redactor: Redactor,
    /** Clean already. */
    private readonly bound: Readonly<Record<string, unknown>>,
  ) {}

  debug(fields: object, message: string): void {
    this.write('debug', fields, message);
  }

  info(fields: object, message: string): void {
    this.write('info', fields, message);
  }

  warn(fields: object, message: string): void {
    this.write('warn', fields, message);
  }

  error(fields: object, message: string): void {
    this.write('error', fields, message);
  }

  child(fields: object): Logger {
    return new PinoLogger(this.pino, this.redactor, { ...this.bound, ...this.cleaned(fields, []) });
  }

  private write(level: Level, fields: object, message: string): void {
    if (!this.pino.isLevelEnabled(level)) return;
    const scope = currentScope();
    const inputs = level === 'error' || level === 'warn' ? inputsOf(scope?.inputs) : [];
    const clean = { ...this.bound, ...this.cleaned(fields, inputs) };
    const line: Record<string, unknown> = {
      ...(scope === undefined
        ? {}
        : { correlationId: scope.correlationId, tenant: scope.tenant, actor: scope.actor, traceparent: scope.traceparent }),
    };
    for (const [key, value] of Object.entries(clean)) {
      const own = OWN_KEYS.has(key) && (scope !== undefined || key === 'level' || key === 'time' || key === 'message');
      line[own && line[key] !== value ? `${key}_` : key] = value;
    }
    // `%s` and its kin in a message stay as they are: pino fills them only from further arguments, and there are none.
    this.pino[level](line, this.redactor.text(message));
  }

  private cleaned(fields: object, inputs: readonly string[]): Readonly<Record<string, unknown>> {
    return this.redactor.clean(fields instanceof Error ? { error: fields } : fields, inputs) as Readonly<Record<string, unknown>>;
  }
}

function inputsOf(inputs: (() => readonly string[]) | undefined): readonly string[] {
  try {
    return inputs?.() ?? [];
  } catch {
    return [];
  }
}

// Nest's own lines through our logger, so that they are structured and redacted as all others.
import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.port.js';

export function nestLogger(logger: Logger): LoggerService {
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: unknown, ...rest: unknown[]) => {
      const source = rest.findLast((part) => typeof part === 'string' && part.length < 64);
      const fields = { source, ...(message instanceof Error ? { error: message } : {}) };
      logger[level](fields, message instanceof Error ? 'the framework met an error' : String(message));
    };
  return {
    log: write('debug'),
    error: write('error'),
    warn: write('warn'),
    debug: write('debug'),
    verbose: write('debug'),
    fatal: write('error'),
  };
}

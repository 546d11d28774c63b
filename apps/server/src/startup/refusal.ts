// A start that cannot go on ends with one line: what, why, what next. Everything else is a defect and shows its stack.
import { rejectionLine } from './rejection-line.js';

/** `StartRefused('Port 4000 is taken', 'Stop the other program or set KARI_PORT.')`. */
export class StartRefused extends Error {
  constructor(what: string, next: string, options?: ErrorOptions) {
    super(`${what}. ${next}`, options);
    this.name = 'StartRefused';
  }
}

const EXPECTED = new Set(['StartRefused', 'ConfigurationRefused', 'EmbeddedDatabaseRefused', 'MigrationRefused', 'Unavailable']);

/** The line to print, or null when the error is none that an operator can mend. */
export function lineFor(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  return EXPECTED.has(error.name) ? error.message : rejectionLine(error);
}

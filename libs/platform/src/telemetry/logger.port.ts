// Structured logs: fields first, then a constant sentence. Values that are secret by name or by shape never reach a line.
export const LOGGER = Symbol('Logger');

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** The same logger with these fields on every line. */
  child(fields: object): Logger;
}

// What everything done for one request shares, carried by the async context: ids for its log lines, and its inputs, so that no line repeats them.
import { AsyncLocalStorage } from 'node:async_hooks';

export interface Scope {
  readonly correlationId: string;
  readonly traceparent?: string;
  readonly tenant?: string;
  readonly actor?: string;
  readonly commandId?: string;
  /** Texts the caller sent (variables, credentials): taken out of the words of errors. Asked for only when an error is logged. */
  readonly inputs?: () => readonly string[];
}

const storage = new AsyncLocalStorage<Scope>();

/** Runs the work, and everything it starts, in that scope; what the scope does not say comes from the one around it. */
export function inScope<T>(scope: Partial<Scope> & Pick<Scope, 'correlationId'>, work: () => T): T {
  return storage.run({ ...storage.getStore(), ...scope }, work);
}

export function currentScope(): Scope | undefined {
  return storage.getStore();
}

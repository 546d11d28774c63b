// The host's side of many sandboxes without their processes: bindings as the supervisor makes them, for specs that ask the broker alone.
import { randomUUID } from 'node:crypto';
import { Streams } from '@kari/protocol/broker';
import type { BrokerBinding, OpenInvocation } from '../../libs/sandbox/src/broker/broker.js';

export interface BrokerEnd {
  readonly tenant: string;
  readonly extension: string;
  readonly binding: BrokerBinding;
  /** What the extension writes about streams arrives here. */
  readonly streams: Streams;
  /** Opens a call that is in hand; answers its id. */
  begin(deadline: number): string;
  finish(id: string): void;
  readonly open: readonly string[];
}

/** `manifestOf`: what the version of its process asks for at the moment of a call. */
export function brokerEnd(tenant: string, extension: string, manifestOf: () => BrokerBinding['manifest']): BrokerEnd {
  const invocations = new Map<string, OpenInvocation>();
  const streams = new Streams('host', () => undefined);
  return {
    tenant,
    extension,
    streams,
    begin: (deadline) => {
      const invocation = randomUUID();
      const actor = { id: `user of ${tenant}`, kind: 'user' } as const;
      const context = { invocation, tenant, correlationId: randomUUID(), actor, idempotencyKey: invocation, deadlineMs: 1000 };
      invocations.set(invocation, { context, depth: 0, deadline, signal: new AbortController().signal });
      return invocation;
    },
    finish: (id) => void invocations.delete(id),
    get open() {
      return [...invocations.keys()];
    },
    binding: {
      tenant,
      extension,
      version: '1.0.0',
      invocation: (id) => invocations.get(id) ?? null,
      get manifest() {
        return manifestOf();
      },
      ownDeadlineMs: 60_000,
      openStream: () => streams.open(),
      readStream: (id) => streams.read(id),
      logged: () => undefined,
    },
  };
}

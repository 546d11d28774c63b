// Puts the gate before every root field of a schema. Works on the schema and not on classes, so that no field can be reached around it, over HTTP or WebSocket.
import { rejected, type RequestContext } from '@kari/kernel';
import { defaultFieldResolver, type GraphQLField, type GraphQLResolveInfo, type GraphQLSchema } from 'graphql';
import type { GraphqlContext } from './caller.js';
import { operationOf, rootFields, type DeclaredOperation } from './operation.js';
import type { OperationGate } from './operation-gate.js';
import { subscribing } from './subscription-scope.js';

/** Throws when a root field declares no operation. */
export function guardSchema(schema: GraphQLSchema, gate: OperationGate): GraphQLSchema {
  for (const { kind, field } of rootFields(schema)) {
    const operation = operationOf(kind, field);
    if (kind === 'subscription') guardSubscription(field, operation, gate);
    else guardField(field, operation, gate);
  }
  return schema;
}

type Field = GraphQLField<unknown, unknown>;

function guardField(field: Field, operation: DeclaredOperation, gate: OperationGate): void {
  const resolve = field.resolve ?? defaultFieldResolver;
  field.resolve = (source: unknown, args: unknown, context: unknown, info: GraphQLResolveInfo) => {
    const asked = context as GraphqlContext;
    return gate.pass(operation, args, asked, async (caller) => thrown(await resolve(source, args as never, { ...asked, caller }, info)));
  };
}

function guardSubscription(field: Field, operation: DeclaredOperation, gate: OperationGate): void {
  const { subscribe } = field;
  if (subscribe === undefined) throw new Error(`subscription ${field.name} has no source of events`);
  field.subscribe = (source: unknown, args: unknown, context: unknown, info: GraphQLResolveInfo) => {
    const asked = context as GraphqlContext;
    return gate.pass(operation, args, asked, async (caller) => {
      const ending = new AbortController();
      const opened = await subscribing(
        ending.signal,
        async () =>
          thrown(await subscribe(source, args as never, { ...asked, caller, signal: ending.signal }, info)) as AsyncIterable<unknown>,
      );
      return watched(opened, operation, gate, asked, ending);
    });
  };
}

/** An error handed back instead of thrown, as Nest's filters do, is an error all the same: the audit trail must not read it as an answer. */
function thrown(answer: unknown): unknown {
  if (answer instanceof Error) throw answer;
  return answer;
}

/**
 * The source of a subscription, ended at once when its subscriber leaves (a generator that waits for its next event would only notice at that event),
 * and checked before each event: who lost the right, or was suspended, gets nothing more.
 */
function watched(
  source: AsyncIterable<unknown>,
  operation: DeclaredOperation,
  gate: OperationGate,
  context: GraphqlContext,
  ending: AbortController,
): AsyncIterableIterator<unknown> {
  const events = source[Symbol.asyncIterator]();
  const left = new Promise<IteratorResult<unknown>>((resolve) => {
    ending.signal.addEventListener('abort', () => resolve({ done: true, value: undefined }), { once: true });
  });
  const end = (): void => {
    ending.abort();
    // Not awaited: a generator in the middle of a wait answers only after it.
    void Promise.resolve(events.return?.()).catch(() => undefined);
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: async () => {
      const event = await Promise.race([subscribing(ending.signal, () => events.next()), left]).catch((error: unknown) => {
        end();
        throw error;
      });
      if (event.done === true) return { done: true, value: undefined };
      if (!gate.mayStill(operation, currentCaller(context))) {
        end();
        throw rejected('REQUEST_DENIED', { operation: operation.name, right: operation.right });
      }
      return event;
    },
    return: () => {
      end();
      return Promise.resolve({ done: true, value: undefined });
    },
    throw: (error: unknown) => {
      end();
      return Promise.reject(error instanceof Error ? error : new Error('the subscription was ended'));
    },
  };
}

function currentCaller(context: GraphqlContext): RequestContext {
  return context.current?.() ?? context.caller;
}

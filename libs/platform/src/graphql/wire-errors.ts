// Every error of the GraphQL edge in its one form: `{ message, extensions: { code, kind, next, facts?, correlationId } }`. What nobody foresaw is
// answered as REQUEST_FAILED, logged once, and never shows a stack, a path or a hint at names the caller did not know.
import { HttpException } from '@nestjs/common';
import { Rejection, rejected, Unavailable, WrongExpectedVersion } from '@kari/kernel';
import { currentScope, type Logger } from '@kari/platform/telemetry';
import { wording } from '@kari/protocol';
import { GraphQLError, Kind, type GraphQLFormattedError } from 'graphql';
import { ZodError } from 'zod';

/** Codes that Apollo gives the errors of requests which never reached a field. */
const APOLLO_CODES: Readonly<Record<string, string>> = {
  GRAPHQL_PARSE_FAILED: 'REQUEST_SYNTAX',
  GRAPHQL_VALIDATION_FAILED: 'REQUEST_DOCUMENT',
  BAD_USER_INPUT: 'REQUEST_VARIABLES',
  OPERATION_RESOLUTION_FAILURE: 'REQUEST_OPERATION',
  PERSISTED_QUERY_NOT_FOUND: 'REQUEST_MALFORMED',
  PERSISTED_QUERY_NOT_SUPPORTED: 'REQUEST_MALFORMED',
  BAD_REQUEST: 'REQUEST_MALFORMED',
};

export class WireErrors {
  constructor(private readonly logger: Logger) {}

  /** The wire form of an error, whoever threw it. */
  format(error: unknown): GraphQLFormattedError {
    const rejection = this.rejectionOf(error);
    const { code, kind, message, next } = wording(rejection.code, rejection.facts);
    const facts = Object.keys(rejection.facts).length === 0 ? {} : { facts: rejection.facts };
    const place = error instanceof GraphQLError ? placeOf(error) : {};
    return { message, ...place, extensions: { code, kind, next, ...facts, correlationId: currentScope()?.correlationId } };
  }

  private rejectionOf(error: unknown): Rejection {
    const cause = causeOf(error);
    const known = foreseen(cause) ?? (cause instanceof GraphQLError ? ofGraphql(cause, error) : null);
    if (known !== null) return known;
    this.logger.error({ error: cause }, 'a request failed');
    return rejected('REQUEST_FAILED');
  }
}

/** An error for Apollo and graphql-js that carries a refusal, with its HTTP status where no field has answered yet. */
export function refusalError(refusal: Rejection, status?: number): GraphQLError {
  const { http, message } = wording(refusal.code, refusal.facts);
  const headers = new Map(headersOf(refusal, http));
  return new GraphQLError(message, { originalError: refusal, extensions: { http: { status: status ?? http, headers } } });
}

function headersOf({ facts }: Rejection, status: number): readonly (readonly [string, string])[] {
  if (status === 401) return [['www-authenticate', 'Bearer']];
  return typeof facts['retryAfterSeconds'] === 'number' ? [['retry-after', String(facts['retryAfterSeconds'])]] : [];
}

/** What lies under the layers that graphql-js and Apollo put around an error. */
export function causeOf(error: unknown): unknown {
  let cause = error;
  for (let layer = 0; layer < 8 && cause instanceof GraphQLError && cause.originalError !== undefined; layer += 1)
    cause = cause.originalError;
  return cause;
}

function foreseen(cause: unknown): Rejection | null {
  if (cause instanceof Rejection) return cause;
  if (cause instanceof Unavailable) return rejected('REQUEST_UNAVAILABLE', { reason: 'a service it needs does not answer' });
  if (cause instanceof WrongExpectedVersion) return rejected('REQUEST_CONFLICT', { operation: 'The operation' });
  if (cause instanceof ZodError) return rejected('REQUEST_INVALID', { operation: 'the operation', reason: issuesOf(cause) });
  if (cause instanceof HttpException && cause.getStatus() < 500)
    return rejected('REQUEST_MALFORMED', { reason: 'the route does not accept it' });
  return null;
}

function ofGraphql(cause: GraphQLError, thrown: unknown): Rejection | null {
  const reason = withoutHints(cause.message);
  const status = (cause.extensions.http as { status?: number } | undefined)?.status;
  if (status === 405) return rejected('REQUEST_METHOD', { method: /^GET/.test(cause.message) ? 'GET' : 'used' });
  const code = APOLLO_CODES[String((thrown instanceof GraphQLError ? thrown : cause).extensions.code ?? cause.extensions.code)];
  if (code !== undefined) return rejected(code, { reason });
  // Thrown by graphql-js itself inside a field: a value of the caller if it points at one, otherwise something we computed wrongly.
  const node = cause.nodes?.[0]?.kind;
  if (cause.path === undefined && node === undefined) return null;
  return node === Kind.FIELD || node === undefined ? null : rejected('REQUEST_VARIABLES', { reason });
}

function placeOf(error: GraphQLError): Pick<GraphQLFormattedError, 'locations' | 'path'> {
  return {
    ...(error.locations === undefined ? {} : { locations: error.locations }),
    ...(error.path === undefined ? {} : { path: error.path }),
  };
}

/** graphql-js names what exists when a name is nearly right; that tells the schema to whoever may not read it. */
function withoutHints(message: string): string {
  return message.replace(/ Did you mean [\s\S]*$/, '').replace(/\.$/, '');
}

function issuesOf(error: ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.length === 0 ? 'the input' : `"${issue.path.join('.')}"`}: ${issue.message}`)
    .join('; ');
}

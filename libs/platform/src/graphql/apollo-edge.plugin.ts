// Our rules at Apollo's seams: a document is judged before it runs, and the HTTP status is the one an answer leaves with.
import type { ApolloServerPlugin, GraphQLRequestContext, GraphQLRequestListener } from '@apollo/server';
import { rejected } from '@kari/kernel';
import { OperationTypeNode } from 'graphql';
import type { GraphqlContext } from './caller.js';
import { objections } from './document-check.js';
import type { DocumentLimits } from './document-limits.js';
import type { OperationRates } from './operation-rates.js';
import { refusalError } from './wire-errors.js';

/** The request was well formed; its document or values were not. */
const DOCUMENT_CODES = new Set(['REQUEST_SYNTAX', 'REQUEST_DOCUMENT', 'REQUEST_VARIABLES', 'REQUEST_OPERATION']);
const RESPONSE_MEDIA = 'application/graphql-response+json';

export class ApolloEdge implements ApolloServerPlugin<GraphqlContext> {
  constructor(
    private readonly limits: DocumentLimits,
    private readonly rates: OperationRates,
  ) {}

  requestDidStart(): Promise<GraphQLRequestListener<GraphqlContext>> {
    const { limits, rates } = this;
    return Promise.resolve({
      // Here and not at Apollo's own validation, which is off: what is thrown there cannot be answered as a refusal, and its rules would run before our limits.
      didResolveOperation: async ({ schema, document, operation, request, contextValue }) => {
        const [objection] = objections(schema, document, operation, request.variables ?? {}, limits);
        if (objection !== undefined) throw objection;
        if (operation?.operation === OperationTypeNode.SUBSCRIPTION) throw refusalError(rejected('REQUEST_SUBSCRIPTION'));
        if (operation !== undefined) await rates.admit(contextValue.caller, document, operation);
      },
      willSendResponse: (request) => {
        setStatus(request);
        return Promise.resolve();
      },
    });
  }
}

/**
 * An answer with data is 200 and its errors stand inside, with two exceptions: when the platform cannot serve now, load balancers and retrying clients must
 * see it. A document that was never run is 400 for clients of today's media type and 200 for those of the older one, as GraphQL over HTTP asks.
 */
function setStatus({ request, response }: GraphQLRequestContext<GraphqlContext>): void {
  if (response.body?.kind !== 'single') return;
  const { data, errors = [] } = response.body.singleResult;
  const notRun = errors.every((error) => DOCUMENT_CODES.has(String(error.extensions?.['code'])));
  if (errors.some((error) => error.extensions?.['kind'] === 'unavailable')) response.http.status = 503;
  else if (data !== undefined) response.http.status = 200;
  else if (notRun && request.http?.headers.get('accept')?.includes(RESPONSE_MEDIA) === false) response.http.status = 200;
}

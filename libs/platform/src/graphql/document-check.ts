// From the text of a document to something that may run: limits first, because they are cheap, then the schema, then the cost with these variables. The same
// for documents that come over HTTP (parsed by Apollo) and over a WebSocket.
import { rejected } from '@kari/kernel';
import { getOperationAST, GraphQLError, parse, specifiedRules, validate } from 'graphql';
import type { DocumentNode, ExecutionArgs, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { brokenCost, brokenLimit, type DocumentLimits } from './document-limits.js';
import { documentHash } from './persisted-documents.js';
import { refusalError } from './wire-errors.js';

const MOST_ERRORS = 20;

export interface DocumentRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

export type CheckedDocument =
  { readonly ok: true; readonly args: ExecutionArgs } | { readonly ok: false; readonly errors: readonly GraphQLError[] };

// Apollo keeps parsed documents that come again; what they ask in general needs to be judged once.
const judged = new WeakMap<DocumentNode, GraphQLSchema>();

/** Why a parsed document may not run with these variables; empty when it may. */
export function objections(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode | undefined,
  variables: Readonly<Record<string, unknown>>,
  limits: DocumentLimits,
): readonly GraphQLError[] {
  if (judged.get(document) !== schema) {
    const broken = brokenLimit(document, limits);
    if (broken !== null) return [refusalError(broken)];
    if (limits.documents !== null && !limits.documents.has(documentHash(document)))
      return [refusalError(rejected('REQUEST_NOT_PERSISTED'))];
    const errors = validate(schema, document, specifiedRules, { maxErrors: MOST_ERRORS, hideSuggestions: true });
    if (errors.length > 0) return errors.map((error) => coded(error, 'GRAPHQL_VALIDATION_FAILED'));
    judged.set(document, schema);
  }
  if (operation === undefined)
    return [refusalError(rejected('REQUEST_OPERATION', { reason: 'the document holds several, or none of that name' }))];
  const costly = brokenCost(schema, document, operation, variables, limits);
  return costly === null ? [] : [refusalError(costly)];
}

export function checkDocument(schema: GraphQLSchema, request: DocumentRequest, limits: DocumentLimits): CheckedDocument {
  const document = parsed(request.query, limits);
  if (document instanceof GraphQLError) return { ok: false, errors: [document] };
  const operation = getOperationAST(document, request.operationName) ?? undefined;
  const variableValues = request.variables ?? {};
  const errors = objections(schema, document, operation, variableValues, limits);
  if (errors.length > 0) return { ok: false, errors };
  const named = typeof request.operationName === 'string' ? { operationName: request.operationName } : {};
  return { ok: true, args: { schema, document, variableValues, ...named } };
}

function parsed(query: string, limits: DocumentLimits): DocumentNode | GraphQLError {
  try {
    return parse(query, { maxTokens: limits.tokens });
  } catch (error) {
    if (error instanceof GraphQLError) return coded(error, 'GRAPHQL_PARSE_FAILED');
    throw error;
  }
}

function coded(error: GraphQLError, code: string): GraphQLError {
  const { nodes, source, positions } = error;
  const extensions = { code, http: { status: 400, headers: new Map<string, string>() } };
  return new GraphQLError(error.message, { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, extensions });
}

// How Apollo Server and Nest's code-first schema are set up: every default that would tell or allow more than we mean to is named here.
import type { IncomingMessage } from 'node:http';
import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Injectable, Inject } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { GqlOptionsFactory } from '@nestjs/graphql';
import { Rejection } from '@kari/kernel';
import { asRejection, Authentication, credentialsOf, requestTrace } from '@kari/platform/http';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import { ApolloEdge } from './apollo-edge.plugin.js';
import type { GraphqlContext } from './caller.js';
import type { DocumentLimits } from './document-limits.js';
import { askRootTypesEarly, isResolver } from './early-types.js';
import { DOCUMENT_LIMITS } from './graphql-edge.module.js';
import { guardSchema } from './guarded-schema.js';
import { OperationGate } from './operation-gate.js';
import { OperationRates } from './operation-rates.js';
import { causeOf, refusalError, WireErrors } from './wire-errors.js';

export const GRAPHQL_PATH = '/graphql';

/** Documents kept parsed and judged, in bytes of their JSON; in memory they take six times that. The default would let a hostile caller fill 180 MB. */
const PARSED_DOCUMENTS = 4 * 1_048_576;

@Injectable()
export class ApolloOptions implements GqlOptionsFactory<ApolloDriverConfig> {
  constructor(
    private readonly modules: ModulesContainer,
    private readonly authentication: Authentication,
    private readonly gate: OperationGate,
    private readonly rates: OperationRates,
    private readonly errors: WireErrors,
    @Inject(DOCUMENT_LIMITS) private readonly limits: DocumentLimits,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  createGqlOptions(): ApolloDriverConfig {
    const providers = [...this.modules.values()].flatMap((module) => [...module.providers.values()].map((provider) => provider.metatype));
    askRootTypesEarly(providers.filter((provider) => isResolver(provider)));
    return {
      driver: ApolloDriver,
      path: GRAPHQL_PATH,
      // In memory: the printed schema is committed and compared by a check, never written by a running server.
      autoSchemaFile: true,
      sortSchema: true,
      transformSchema: (schema) => guardSchema(schema, this.gate),
      context: ({ req }: { req: IncomingMessage }) => this.contextOf(req),
      formatError: (_formatted, error) => this.errors.format(error),
      autoTransformHttpErrors: false,
      preserveHttpStatusForExecutionErrors: false,
      plugins: [new ApolloEdge(this.limits, this.rates)],
      parseOptions: { maxTokens: this.limits.tokens },
      // Every request is authenticated before its document is looked at, so who may introspect is somebody we know.
      introspection: true,
      // Documents are judged by our plugin (see there), by the same function as those that come over a WebSocket.
      dangerouslyDisableValidation: true,
      includeStacktraceInErrorResponses: false,
      allowBatchedHttpRequests: false,
      persistedQueries: false,
      documentStore: new InMemoryLRUCache({ maxSize: PARSED_DOCUMENTS }),
      // Headers that a foreign page cannot send unasked: each request carries the first anyway.
      csrfPrevention: { requestHeaders: ['authorization', 'kari-tenant', 'x-apollo-operation-name', 'apollo-require-preflight'] },
      graphiql: false,
      stopOnTerminationSignals: false,
      logger: apolloLogger(this.logger),
    };
  }

  private async contextOf(request: IncomingMessage): Promise<GraphqlContext> {
    try {
      return { caller: await this.authentication.authenticate(credentialsOf(request, requestTrace())) };
    } catch (error) {
      if (!(causeOf(error) instanceof Rejection)) this.logger.error({ error }, 'a caller could not be authenticated');
      throw refusalError(asRejection(error));
    }
  }
}

function apolloLogger(logger: Logger): NonNullable<ApolloDriverConfig['logger']> {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (message?: unknown) => logger[level]({}, String(message));
  return { debug: write('debug'), info: write('debug'), warn: write('warn'), error: write('error') };
}

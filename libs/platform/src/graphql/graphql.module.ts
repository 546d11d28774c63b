// The GraphQL edge as one module: Apollo Server over HTTP, graphql-ws over WebSocket, GraphiQL beside them; one schema from the resolvers of all contexts.
import type { Server } from 'node:http';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Inject, Module, Optional } from '@nestjs/common';
import type { DynamicModule, FactoryProvider, OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { GraphQLModule, GraphQLSchemaHost } from '@nestjs/graphql';
import { IDS, RANDOM, TIMERS, type Ids, type Random, type Timers } from '@kari/kernel';
import { ADDRESSES, Authentication, Drains, type Address } from '@kari/platform/http';
import type { Registry } from '@kari/platform/registry';
import { LOGGER, METRICS, type Logger, type MetricsRegistry } from '@kari/platform/telemetry';
import { Gauge } from 'prom-client';
import { ApolloOptions, GRAPHQL_PATH } from './apollo-options.js';
import type { DocumentLimits } from './document-limits.js';
import { DOCUMENT_LIMITS, GraphqlEdgeModule } from './graphql-edge.module.js';
import { GraphiqlController } from './graphiql/graphiql.controller.js';
import { defaultSocketSettings, GRAPHQL_SETTINGS, type GraphqlSettings } from './graphql-settings.js';
import { OperationRates } from './operation-rates.js';
import { SESSION_GUARD, type SessionGuard } from './session-guard.port.js';
import { SocketServer } from './socket-server.js';
import { WireErrors } from './wire-errors.js';

@Module({})
export class GraphqlModule implements OnApplicationBootstrap, OnModuleDestroy {
  private sockets: SocketServer | null = null;
  private unguard: (() => void) | null = null;

  constructor(
    private readonly http: HttpAdapterHost,
    private readonly schema: GraphQLSchemaHost,
    private readonly authentication: Authentication,
    private readonly rates: OperationRates,
    private readonly errors: WireErrors,
    private readonly drains: Drains,
    @Inject(DOCUMENT_LIMITS) private readonly limits: DocumentLimits,
    @Inject(GRAPHQL_SETTINGS) private readonly settings: GraphqlSettings,
    @Inject(ADDRESSES) addresses: Registry<Address>,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(RANDOM) private readonly random: Random,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(METRICS) private readonly metrics: MetricsRegistry,
    @Optional() @Inject(SESSION_GUARD) private readonly guard?: SessionGuard,
  ) {
    addresses.add({ path: GRAPHQL_PATH, meaning: 'the API: GraphQL by POST, subscriptions by WebSocket (graphql-transport-ws)' });
    if (settings.graphiql) addresses.add({ path: '/graphiql', meaning: 'GraphiQL, to explore the API' });
  }

  static register(settings: Pick<FactoryProvider<GraphqlSettings>, 'inject' | 'useFactory'>): DynamicModule {
    return {
      module: GraphqlModule,
      controllers: [GraphiqlController],
      imports: [
        GraphqlEdgeModule.register(settings),
        GraphQLModule.forRootAsync<ApolloDriverConfig>({ driver: ApolloDriver, useClass: ApolloOptions }),
      ],
    };
  }

  onApplicationBootstrap(): void {
    const server = this.http.httpAdapter.getHttpServer() as Server;
    const sockets = new SocketServer(server, {
      path: GRAPHQL_PATH,
      schema: this.schema.schema,
      authentication: this.authentication,
      errors: this.errors,
      rates: this.rates,
      limits: this.limits,
      settings: { ...defaultSocketSettings, ...this.settings.sockets },
      allowedOrigins: this.settings.allowedOrigins,
      ids: this.ids,
      random: this.random,
      timers: this.timers,
      logger: this.logger,
    });
    this.sockets = sockets;
    this.unguard = this.guard?.onDoubt((doubt) => sockets.doubt(doubt)) ?? null;
    this.drains.add(() => sockets.close());
    new Gauge({
      name: 'kari_graphql_sockets',
      help: 'WebSockets open.',
      registers: [this.metrics],
      collect() {
        this.set(sockets.size);
      },
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.unguard?.();
    await this.sockets?.close();
  }
}

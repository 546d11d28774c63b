// What HTTP and WebSocket share, given to everybody: the gate before root fields, the form of errors, the limits, the live feed.
import { Global, Module, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import { defaultLimits, type DocumentLimits } from './document-limits.js';
import { GRAPHQL_SETTINGS, type GraphqlSettings } from './graphql-settings.js';
import { LIVE_FEED } from './live-feed.port.js';
import { StoreLiveFeed } from './live-feed.js';
import { OperationGate } from './operation-gate.js';
import { OperationRates } from './operation-rates.js';
import { WireErrors } from './wire-errors.js';

export const DOCUMENT_LIMITS = Symbol('DocumentLimits');

@Global()
@Module({})
export class GraphqlEdgeModule {
  static register(settings: Pick<FactoryProvider<GraphqlSettings>, 'inject' | 'useFactory'>): DynamicModule {
    return {
      module: GraphqlEdgeModule,
      providers: [
        { provide: GRAPHQL_SETTINGS, ...settings },
        {
          provide: DOCUMENT_LIMITS,
          inject: [GRAPHQL_SETTINGS],
          useFactory: (given: GraphqlSettings): DocumentLimits => ({ ...defaultLimits, ...given.limits }),
        },
        { provide: WireErrors, inject: [LOGGER], useFactory: (logger: Logger) => new WireErrors(logger) },
        { provide: LIVE_FEED, useClass: StoreLiveFeed },
        OperationGate,
        OperationRates,
      ],
      exports: [GRAPHQL_SETTINGS, DOCUMENT_LIMITS, WireErrors, LIVE_FEED, OperationGate, OperationRates],
    };
  }
}

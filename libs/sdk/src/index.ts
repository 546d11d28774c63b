// What the author of an extension imports.
export { BaseExtension, type EventHandlers, type PluginHandlers, type TaskHandlers } from './base-extension.js';
export type {
  EventDelivery,
  EventHandler,
  HandlerContext,
  Health,
  Hooks,
  PluginHandler,
  TaskContext,
  TaskHandler,
  TaskRun,
} from './context.js';
export type {
  AggregateAnswer,
  AggregateQuery,
  Condition,
  Data,
  Measure,
  RowLife,
  Table,
  TablePage,
  TableQuery,
  TableRow,
  TableWrite,
  Where,
  WriteOutcome,
} from './data.js';
export { defineExtension, definePlugin, defineRoute, extension, type ExtensionDefinition } from './define.js';
export { KariError, PluginError } from './errors.js';
export { Reply, reply, RouteError, type ReplyOptions, type RouteHandler, type RouteHandlers, type RouteRequest } from './routes.js';
export type {
  BrokerErrorCode,
  Events,
  Http,
  HttpOptions,
  HttpResponse,
  KeyPage,
  KeyValueStore,
  Log,
  Metrics,
  PluginAnswer,
  PluginCallOptions,
  Plugins,
  SecretValue,
  Secrets,
  Services,
} from './services.js';
export type { AnyExtension, ExtensionTypes } from './types.js';

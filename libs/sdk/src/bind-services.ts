// Makes the services of one call: each request carries the invocation it is made for, so that the host knows on whose behalf.
import type { RunnerHost } from '@kari/protocol/broker';
import type { BrokerCall } from './broker-call.js';
import { dataService } from './data.js';
import { asKariError } from './errors.js';
import { httpService } from './http.js';
import type { KeyPage, Log, PluginAnswer, Services } from './services.js';
import type { ExtensionTypes } from './types.js';

export interface Binding {
  /** Absent: the extension's own. */
  readonly invocation?: string;
  readonly signal?: AbortSignal;
}

export function bindServices<T extends ExtensionTypes>(
  host: RunnerHost,
  binding: Binding,
  config: () => Readonly<T['config']>,
): Services<T> {
  const call: BrokerCall = async <Answer>(method: string, request: unknown) => {
    try {
      return (await host.call(method, request, binding)) as Answer;
    } catch (error) {
      throw asKariError(error);
    }
  };
  const notify = (method: 'log' | 'metric', params: unknown) =>
    host.notify(method, params, binding.invocation === undefined ? {} : { invocation: binding.invocation });
  const line =
    (level: keyof Log): Log['info'] =>
    (message, fields) =>
      notify('log', { level, message: String(message), ...(fields === undefined ? {} : { fields }) });

  return {
    get config() {
      return config();
    },
    kv: {
      get: async <Value>(key: string) => {
        const { value, version } = await call<{ value: Value; version: number | null }>('kv.get', { key });
        return version === null ? null : { value, version };
      },
      set: (key, value, { expectedVersion } = {}) =>
        call('kv.set', { key, value, ...(expectedVersion === undefined ? {} : { expectedVersion }) }),
      delete: async (key) => (await call<{ deleted: boolean }>('kv.delete', { key })).deleted,
      list: (options = {}) => call<KeyPage>('kv.list', options),
    },
    data: dataService<T>(call),
    plugins: {
      call: <Output>(plugin: string, input: unknown, options = {}) =>
        call<PluginAnswer<Output>>('plugins.call', { plugin, input, ...options }),
    },
    events: { publish: (type, key, data) => call('events.publish', { type, key, data }) },
    http: httpService(call),
    secrets: { handle: async (name) => (await call<{ handle: string }>('secrets.handle', { name })).handle },
    log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
    metrics: { record: (name, value = 1, labels) => notify('metric', { name, value, ...(labels === undefined ? {} : { labels }) }) },
  };
}

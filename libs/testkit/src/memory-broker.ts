// The broker of a test: the same questions in the same order (known? granted? valid?), answered from memory. Everything asked is recorded.
import { Rejection } from '@kari/kernel';
import { grantsOf, type GrantRequest } from '@kari/package';
import { wording } from '@kari/protocol';
import { isBrokerErrorCode, type InvocationContext } from '@kari/protocol/broker';
import type { Manifest } from '@kari/protocol/manifest';
import { KariError } from '@kari/sdk';
import { demand } from './contracts.js';
import { MemoryStore } from './memory-store.js';
import { MemoryTables, type TableOperation } from './memory-tables.js';
import type { TestClock } from './test-clock.js';

export interface PublishedEvent {
  readonly id: string;
  readonly type: string;
  readonly key: string;
  readonly data: unknown;
  readonly time: string;
}

/** What a stub of an HTTP service is asked. Values of secrets appear as `<secret:name>`. */
export interface StubRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface StubResponse {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
  /** Instead of `text`. */
  readonly json?: unknown;
}

export type HttpStub = (request: StubRequest) => StubResponse | Promise<StubResponse>;
export type PluginStub = (input: unknown) => unknown;

export interface RecordedCall {
  readonly method: string;
  readonly request: unknown;
  /** The invocation it was made for; null: the extension's own. */
  readonly invocation: string | null;
  /** `ok`, or the code of the refusal. */
  readonly outcome: string;
}

export interface BrokerOptions {
  readonly http?: HttpStub;
  /** `<intent>` or `<extension>/<intent>` → the answer. Throw `KariError` to refuse. */
  readonly plugins?: Readonly<Record<string, PluginStub>>;
  /** Names of secrets that the operator has stored. */
  readonly secrets?: readonly string[];
  /** What the key-value store holds at the start: `stored` of the host of an older version. Default: nothing. */
  readonly stored?: Readonly<Record<string, unknown>>;
  /** Most bytes of all tables of the extension. Default: 256 MiB, as the platform's. */
  readonly tableBytes?: number;
}

export class MemoryBroker {
  readonly calls: RecordedCall[] = [];
  readonly published: PublishedEvent[] = [];
  readonly store: MemoryStore;
  readonly tables: MemoryTables;
  #ids: number;
  readonly #granted: Map<string, GrantRequest>;

  constructor(
    private readonly manifest: Manifest,
    private readonly clock: TestClock,
    private readonly options: BrokerOptions,
    /** Of the version before: what it has kept is there at the start. */
    before?: MemoryBroker,
  ) {
    this.#ids = before === undefined ? 0 : before.#ids;
    this.#granted = new Map(grantsOf(manifest).map((grant) => [grant.id, grant]));
    this.store = new MemoryStore(manifest.permissions?.kv?.bytes ?? 0);
    for (const [key, value] of Object.entries({ ...before?.store.contents(), ...options.stored })) this.store.set(key, value);
    this.tables = new MemoryTables({
      extension: manifest.id,
      data: manifest.data,
      ...(before === undefined ? {} : { before: before.tables }),
      ...(options.tableBytes === undefined ? {} : { bytes: options.tableBytes }),
      now: () => clock.now(),
      // In the order of making, as the platform's are.
      newId: () => `00000000-0000-7000-8000-${String(++this.#ids).padStart(12, '0')}`,
    });
  }

  revoke(grant: string): void {
    if (!this.#granted.delete(grant))
      throw new Error(`there is no grant ${grant}; there are: ${[...this.#granted.keys()].join(', ') || 'none'}`);
  }

  async call(
    method: string,
    request: unknown,
    invocation: string | null,
    actor: InvocationContext['actor'] | null = null,
  ): Promise<unknown> {
    // As the pipe would carry it: what is not JSON does not arrive.
    const sent = JSON.parse(JSON.stringify(request ?? null)) as Record<string, unknown>;
    try {
      const answer = await this.#answer(method, sent, actor);
      this.calls.push({ method, request: sent, invocation, outcome: 'ok' });
      return answer === undefined ? null : (JSON.parse(JSON.stringify(answer)) as unknown);
    } catch (given) {
      const error = asBrokerSays(given);
      this.calls.push({ method, request: sent, invocation, outcome: error instanceof KariError ? error.code : 'CRASHED' });
      throw error;
    }
  }

  #answer(method: string, request: Record<string, unknown>, actor: InvocationContext['actor'] | null): unknown {
    if (method.startsWith('kv.')) this.#demandGrant('kv', 'permissions.kv');
    switch (method) {
      case 'kv.get':
        return this.store.get(String(request['key']));
      case 'kv.set':
        return this.store.set(String(request['key']), request['value'], request['expectedVersion'] as number | undefined);
      case 'kv.delete':
        return this.store.delete(String(request['key']));
      case 'kv.list':
        return this.store.list(request);
      case 'data.get':
      case 'data.find':
      case 'data.count':
      case 'data.aggregate':
      case 'data.write':
        return this.#askTables(method.slice('data.'.length) as TableOperation, request, actor);
      case 'events.publish':
        return this.#publish(request as { type: string; key: string; data: unknown });
      case 'plugins.call':
        return this.#callPlugin(request as { plugin: string; input: unknown });
      case 'secrets.handle':
        return { handle: this.#secret(String(request['name'])) };
      case 'tasks.progress':
        return null;
      case 'http.fetch':
        return this.#fetch(request as unknown as WireRequest);
      default:
        throw new KariError('DENIED', `There is no ${method}.`);
    }
  }

  #askTables(operation: TableOperation, request: Record<string, unknown>, actor: InvocationContext['actor'] | null): unknown {
    const writes = Array.isArray(request['writes']) ? (request['writes'] as { collection?: unknown }[]) : [request];
    for (const { collection } of writes) {
      const [read, write] = [`data:read:${String(collection)}`, `data:write:${String(collection)}`];
      if (this.#granted.has(write) || (operation !== 'write' && this.#granted.has(read))) continue;
      throw new KariError('DENIED', `There is no grant ${operation === 'write' ? write : read}; ask for it in permissions.data.`);
    }
    const user = actor?.kind === 'user' || actor?.kind === 'service-account' ? actor.id : null;
    return this.tables.ask(operation, request, user);
  }

  #publish({ type, key, data }: { type: string; key: string; data: unknown }): { id: string } {
    this.#demandGrant(`events:publish:${type}`, 'permissions.events');
    const declared = this.manifest.events?.publishes?.[type];
    if (declared === undefined) throw new KariError('DENIED', `The manifest does not describe the event ${type}.`);
    if (typeof key !== 'string' || key.length === 0 || key.length > 128)
      throw new KariError('INVALID', 'The key of an event has 1 to 128 characters.');
    demand(declared.schema, data, `the data of the event ${type}`);
    const id = `event-${this.published.length + 1}`;
    this.published.push({ id, type, key, data, time: new Date(this.clock.now()).toISOString() });
    return { id };
  }

  async #callPlugin({ plugin, input }: { plugin: string; input: unknown }): Promise<unknown> {
    const bare = plugin.replace(/@\d+$/, '');
    const granted = [...this.#granted.values()].some(
      ({ capability, scope }) => capability === 'plugins' && String(scope['plugin']).replace(/@\d+$/, '') === bare,
    );
    if (!granted) throw new KariError('DENIED', `There is no grant for the plugin ${plugin}; ask for it in permissions.plugins.`);
    const stub = this.options.plugins?.[plugin] ?? this.options.plugins?.[bare];
    if (stub === undefined)
      throw new KariError('UNAVAILABLE', `No extension provides ${plugin}; give the test host a stub.`, { reason: 'PLUGIN_NOT_FOUND' });
    return { output: await stub(input), extension: bare.includes('/') ? bare.split('/')[0] : 'test.stub', version: '1.0.0' };
  }

  async #fetch({ url, method = 'GET', headers = {}, body }: WireRequest): Promise<unknown> {
    const target = URL.canParse(url) ? new URL(url) : null;
    if (target === null) throw new KariError('INVALID', `${url} is not a URL.`);
    const port = target.port === '' ? (target.protocol === 'https:' ? 443 : 80) : Number(target.port);
    const grant = this.#granted.get(`http:${target.protocol}//${target.hostname}:${port}`);
    const methods = (grant?.scope['methods'] ?? []) as readonly string[];
    if (!methods.includes(method))
      throw new KariError('DENIED', `There is no grant for ${method} ${target.origin}; ask for it in permissions.http.`);
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), this.#headerValue(value, target.hostname)]),
    );
    if (this.options.http === undefined)
      throw new KariError('UNAVAILABLE', `${target.host} cannot be reached; give the test host an http stub.`);
    const answer = await this.options.http({
      url: target,
      method,
      headers: sent,
      body: Buffer.from(body ?? '', 'base64').toString('utf8'),
    });
    const text = answer.json === undefined ? (answer.text ?? '') : JSON.stringify(answer.json);
    return { status: answer.status ?? 200, headers: answer.headers ?? {}, body: Buffer.from(text).toString('base64'), url };
  }

  #headerValue(value: string | { $secret: string; prefix?: string }, host: string): string {
    if (typeof value === 'string') return value;
    const name = /^secret:(.+):test$/.exec(value.$secret)?.[1] ?? value.$secret;
    const grant = this.#granted.get(`secrets:${name}`);
    if (!((grant?.scope['hosts'] ?? []) as readonly string[]).includes(host))
      throw new KariError('DENIED', `The secret ${name} is not bound to ${host}.`);
    this.#secret(name);
    return `${value.prefix ?? ''}<secret:${name}>`;
  }

  #secret(name: string): string {
    this.#demandGrant(`secrets:${name}`, 'permissions.secrets');
    if (this.options.secrets?.includes(name) !== true)
      throw new KariError('INVALID', `No value is stored for the secret ${name}.`, { reason: 'DATA_SECRET_NOT_SET' });
    return `secret:${name}:test`;
  }

  #demandGrant(id: string, where: string): void {
    if (!this.#granted.has(id)) throw new KariError('DENIED', `There is no grant ${id}; ask for it in ${where}.`);
  }
}

/** The rules of the platform refuse with codes of its catalogue: an extension sees them as the broker words them. */
function asBrokerSays(error: unknown): unknown {
  if (!(error instanceof Rejection)) return error;
  const { code, message, next, broker } = wording(error.code, error.facts);
  return new KariError(isBrokerErrorCode(broker) ? broker : 'UNAVAILABLE', `${message} ${next}`, { reason: code, facts: error.facts });
}

interface WireRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | { readonly $secret: string; readonly prefix?: string }>>;
  readonly body?: string;
}

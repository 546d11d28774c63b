// What an operator is asked to consent to: every permission of a manifest as one item with a stable id.
import type { Manifest } from '@kari/protocol/manifest';

export interface GrantRequest {
  /**
   * `<capability>:<argument>`: `http:https://api.example.org:443`, `plugins:time.now`, `events:publish:acme.notes.created.v1`, `kv`,
   * `routes:public:ping` (answers callers without an account), `routes:origin:https://app.example.org` (answers scripts of that origin).
   */
  readonly id: string;
  readonly capability: 'http' | 'tcp' | 'plugins' | 'events' | 'secrets' | 'kv' | 'data' | 'routes';
  /** The item's arguments with its defaults filled in, without the reason: what enforcement compares a call with. */
  readonly scope: Readonly<Record<string, unknown>>;
  /** In the author's words. */
  readonly reason: string;
}

/** In the order of the manifest, one item per permission. */
export function grantsOf(manifest: Pick<Manifest, 'permissions' | 'http'>): readonly GrantRequest[] {
  const { http = [], tcp = [], plugins = [], events = [], secrets = [], kv, data = [] } = manifest.permissions ?? {};
  return [
    ...http.map(({ host, scheme = 'https', port = scheme === 'https' ? 443 : 80, methods = ['GET', 'HEAD'], reason }) =>
      request('http', `${scheme}://${host}:${port}`, { scheme, host, port, methods }, reason),
    ),
    ...tcp.map(({ host, port, tls = true, reason }) => request('tcp', `${host}:${port}`, { host, port, tls }, reason)),
    ...plugins.map(({ plugin, reason }) => request('plugins', plugin, { plugin }, reason)),
    ...events.map(({ publish, subscribe, reason }) =>
      publish === undefined
        ? request('events', `subscribe:${subscribe}`, { subscribe }, reason)
        : request('events', `publish:${publish}`, { publish }, reason),
    ),
    ...secrets.map(({ name, hosts, reason }) => request('secrets', name, { name, hosts }, reason)),
    ...(kv === undefined ? [] : [{ id: 'kv', capability: 'kv', scope: { bytes: kv.bytes }, reason: kv.reason } as const]),
    ...data.map(({ collection, access, reason }) => request('data', `${access}:${collection}`, { collection, access }, reason)),
    ...Object.entries(manifest.http?.routes ?? {}).flatMap(([route, { method, path, public: open, reason, description }]) =>
      open === true ? [request('routes', `public:${route}`, { route, method, path }, reason ?? description)] : [],
    ),
    ...(manifest.http?.origins ?? []).map(({ origin, reason }) => request('routes', `origin:${origin}`, { origin }, reason)),
  ];
}

/**
 * The items of a newer version that go beyond what was consented: a new id, or a wider scope under the same id (more methods, more
 * hosts for a secret, more bytes, TLS given up). Only these need a new consent.
 */
export function widenedGrants(
  consented: readonly Pick<GrantRequest, 'id' | 'scope'>[],
  requested: readonly GrantRequest[],
): readonly GrantRequest[] {
  const before = new Map(consented.map(({ id, scope }) => [id, scope]));
  return requested.filter(({ id, scope }) => {
    const known = before.get(id);
    return known === undefined || Object.entries(scope).some(([argument, value]) => isWider(argument, known[argument], value));
  });
}

function isWider(argument: string, before: unknown, after: unknown): boolean {
  if (Array.isArray(before) && Array.isArray(after)) return after.some((item) => !before.includes(item));
  if (argument === 'bytes' && typeof before === 'number' && typeof after === 'number') return after > before;
  if (argument === 'tls') return before === true && after === false;
  return before !== after;
}

function request(capability: GrantRequest['capability'], argument: string, scope: GrantRequest['scope'], reason: string): GrantRequest {
  return { id: `${capability}:${argument}`, capability, scope, reason };
}

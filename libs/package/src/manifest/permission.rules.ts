// What the extension asks for and what it says it does must be the same: an unused permission is a risk nobody needs, a missing one fails
// in the middle of the night.
import type { Manifest, ManifestPermissions } from '@kari/protocol/manifest';
import semver from 'semver';
import { below } from '../schema/pointer.js';
import { reportRepeated, type CrossCheck, type Report } from './cross-check.js';
import { suggestion } from './nearest.rules.js';

export const permissionChecks: readonly CrossCheck[] = [
  { reads: ['permissions', 'dependencies', 'plugins', 'id'], check: checkPlugins },
  { reads: ['permissions', 'events', 'tasks', 'id'], check: checkEvents },
  { reads: ['permissions', 'webhooks'], check: checkSecrets },
  { reads: ['permissions', 'data'], check: checkCollections },
  { reads: ['permissions'], check: checkRepeated },
  { reads: ['permissions'], check: checkDestinations },
];

function checkPlugins({ id, permissions, dependencies, plugins = {} }: Manifest, report: Report): void {
  const asked = permissions?.plugins ?? [];
  const needed = dependencies?.plugins ?? {};
  asked.forEach(({ plugin }, index) => {
    const at = `/permissions/plugins/${index}/plugin`;
    const [name = '', major] = plugin.split('@');
    const own = name.startsWith(`${id}/`) ? name.slice(id.length + 1) : name;
    if (Object.hasOwn(plugins, own)) return;
    const entry = needed[name];
    if (entry === undefined) {
      report('PACKAGE_MANIFEST_PERMISSION', at, `${name} is not in dependencies.plugins`, suggestion(name, Object.keys(needed)));
      return;
    }
    const range = typeof entry === 'string' ? entry : entry.range;
    if (major === undefined || semver.validRange(range) === null || semver.intersects(range, `${major}.x`, { includePrerelease: true }))
      return;
    report(
      'PACKAGE_MANIFEST_PERMISSION',
      at,
      `${plugin} lies outside the range ${range} of dependencies.plugins`,
      'Name the same major in both.',
    );
  });
  const permitted = new Set(asked.map(({ plugin }) => plugin.split('@')[0]));
  for (const name of Object.keys(needed)) {
    if (permitted.has(name)) continue;
    const at = below('/dependencies/plugins', name);
    report(
      'PACKAGE_MANIFEST_PERMISSION',
      at,
      `${name} is needed but permissions.plugins does not ask for it`,
      `Add {"plugin": "${name}", "reason": ...} there.`,
      { key: true },
    );
  }
}

function checkEvents({ id, permissions, events, tasks = {} }: Manifest, report: Report): void {
  const asked = permissions?.events ?? [];
  const published = Object.keys(events?.publishes ?? {});
  const subscribed = (events?.subscribes ?? []).map(({ type }) => type);
  const heard = [...subscribed, ...Object.values(tasks).flatMap(({ on }) => on ?? [])];
  for (const type of published) {
    const at = below('/events/publishes', type);
    if (!type.startsWith(`${id}.`)) {
      const reason = `${type} belongs to another extension: only types of ${id} can be published`;
      report('PACKAGE_MANIFEST_REFERENCE', at, reason, `Write "${id}.<name>.v1".`, { key: true });
    }
    if (asked.some(({ publish }) => publish === type)) continue;
    report(
      'PACKAGE_MANIFEST_PERMISSION',
      at,
      'permissions.events does not ask to publish it',
      `Add {"publish": "${type}", "reason": ...} there.`,
      { key: true },
    );
  }
  subscribed.forEach((type, index) => {
    if (asked.some(({ subscribe }) => subscribe === type)) return;
    const at = `/events/subscribes/${index}/type`;
    report(
      'PACKAGE_MANIFEST_PERMISSION',
      at,
      'permissions.events does not ask to subscribe to it',
      `Add {"subscribe": "${type}", "reason": ...} there.`,
    );
  });
  asked.forEach(({ publish, subscribe }, index) => {
    const at = `/permissions/events/${index}`;
    if (publish !== undefined && !published.includes(publish)) {
      report(
        'PACKAGE_MANIFEST_PERMISSION',
        `${at}/publish`,
        `${publish} is not described in events.publishes`,
        suggestion(publish, published),
      );
    }
    if (subscribe !== undefined && !heard.includes(subscribe)) {
      report(
        'PACKAGE_MANIFEST_PERMISSION',
        `${at}/subscribe`,
        `${subscribe} is neither listed in events.subscribes nor what starts a task`,
        suggestion(subscribe, heard),
      );
    }
  });
  reportRepeated(
    subscribed,
    (type) => type,
    (index) => `/events/subscribes/${index}/type`,
    'the subscription to',
    report,
  );
}

function checkSecrets({ permissions, webhooks = {} }: Manifest, report: Report): void {
  const hosts = [...new Set([...(permissions?.http ?? []), ...(permissions?.tcp ?? [])].map(({ host }) => host))];
  const checking = new Map(Object.entries(webhooks).map(([name, { signature }]) => [signature.secret, name]));
  const names = (permissions?.secrets ?? []).map(({ name }) => name);
  permissions?.secrets?.forEach((secret, index) => {
    secret.hosts.forEach((host, position) => {
      if (hosts.includes(host)) return;
      const at = `/permissions/secrets/${index}/hosts/${position}`;
      report('PACKAGE_MANIFEST_PERMISSION', at, `${host} is no destination of permissions.http or tcp`, suggestion(host, hosts));
    });
    if (secret.hosts.length > 0 || checking.has(secret.name)) return;
    const at = `/permissions/secrets/${index}/hosts`;
    report(
      'PACKAGE_MANIFEST_PERMISSION',
      at,
      `the secret ${secret.name} goes to no host and checks no webhook`,
      'Name the hosts it is sent to, or remove it.',
    );
  });
  for (const [secret, webhook] of checking) {
    if (names.includes(secret)) continue;
    const at = `${below('/webhooks', webhook)}/signature/secret`;
    report('PACKAGE_MANIFEST_REFERENCE', at, `the secret ${secret} is not declared in permissions.secrets`, suggestion(secret, names));
  }
}

function checkCollections({ permissions, data }: Manifest, report: Report): void {
  const collections = Object.keys(data?.collections ?? {});
  permissions?.data?.forEach(({ collection }, index) => {
    if (collections.includes(collection)) return;
    report(
      'PACKAGE_MANIFEST_REFERENCE',
      `/permissions/data/${index}/collection`,
      `there is no collection ${collection} in data`,
      suggestion(collection, collections),
    );
  });
}

function checkRepeated({ permissions = {} }: Manifest, report: Report): void {
  const repeated = <Item>(
    section: keyof ManifestPermissions,
    items: readonly Item[] | undefined,
    keyOf: (item: Item) => string,
    what: string,
  ) => reportRepeated(items ?? [], keyOf, (index) => `/permissions/${section}/${index}`, what, report);
  repeated(
    'http',
    permissions.http,
    ({ scheme = 'https', host, port = scheme === 'https' ? 443 : 80 }) => `${scheme}://${host}:${port}`,
    'the destination',
  );
  repeated('tcp', permissions.tcp, ({ host, port }) => `${host}:${port}`, 'the destination');
  repeated('plugins', permissions.plugins, ({ plugin }) => plugin, 'the plugin');
  repeated(
    'events',
    permissions.events,
    ({ publish, subscribe }) => `${publish ?? subscribe} (${publish === undefined ? 'subscribe' : 'publish'})`,
    'the event type',
  );
  repeated('secrets', permissions.secrets, ({ name }) => name, 'the secret');
  repeated('data', permissions.data, ({ collection }) => collection, 'the collection');
}

/** A host is compared with what `URL` makes of it: one that `URL` would rewrite could never match a request. */
function checkDestinations({ permissions = {} }: Manifest, report: Report): void {
  for (const section of ['http', 'tcp'] as const) {
    permissions[section]?.forEach(({ host }, index) => {
      const canonical = URL.canParse(`https://${host}/`) ? new URL(`https://${host}/`).hostname : null;
      if (canonical === host) return;
      const fix = canonical === null ? 'Write a host name or an address.' : `Write "${canonical}".`;
      report('PACKAGE_MANIFEST_SHAPE', `/permissions/${section}/${index}/host`, `"${host}" is not a host as requests name it`, fix);
    });
  }
}

// Who would break when the extensions of a tenant change: everyone who uses a plugin whose contract goes, leaves the range that was asked
// for, or keeps its number and no longer keeps its word.
import type { Manifest, PluginContract } from '@kari/protocol/manifest';
import { covers } from '../resolution/version-range.rules.js';
import { contractOf, isProvider, needsOf } from '../resolution/needs.rules.js';
import { inputBreaks, outputBreaks, type SchemaBreak } from './schema-change.rules.js';

/** What a manifest says of the plugins that it provides and uses. */
export type ContractParty = Pick<Manifest, 'id' | 'version' | 'plugins' | 'dependencies'>;

export interface ContractBreak {
  /** Id of the extension that would break. */
  readonly user: string;
  /** As it asks for it: `<intent>` or `<extension>/<intent>`. */
  readonly plugin: string;
  /** What it uses today: `<extension>/<intent> <contract version>`. */
  readonly contract: string;
  /** The plugin is gone, its contract has left the range, or its schemas no longer fit within the range. */
  readonly kind: 'gone' | 'version' | 'schema';
  /** In words: what happens to whom. */
  readonly reason: string;
  /** In words: what the operator can do. */
  readonly cure: string;
}

/**
 * Who of `users` would break if the candidate took the place of the version that is installed. `users` are the manifests of everything
 * installed in the tenant, the candidate's installed version among them (without it there is nothing to compare, and nobody breaks).
 * Ordered by user, then plugin.
 */
export function contractBreaks(candidate: ContractParty, users: readonly ContractParty[]): readonly ContractBreak[] {
  if (!users.some(({ id }) => id === candidate.id)) return [];
  return contractBreaksBetween(
    users,
    users.map((user) => (user.id === candidate.id ? candidate : user)),
  );
}

/** The same for any number of changes at once: who stays, and loses something that was there before. */
export function contractBreaksBetween(before: readonly ContractParty[], after: readonly ContractParty[]): readonly ContractBreak[] {
  const breaks = after.flatMap((user) =>
    needsOf(user.dependencies?.plugins).flatMap(({ id: plugin, range, optional }) => {
      const serving = before.filter((provider) => provider.id !== user.id && isProvider(provider, plugin, range));
      const others = after.filter((provider) => isProvider(provider, plugin, range));
      return serving.flatMap((provider) => broken({ user: user.id, plugin, range, optional, provider, after, spare: others }) ?? []);
    }),
  );
  return breaks.sort((one, other) => order(`${one.user} ${one.plugin} ${one.contract}`, `${other.user} ${other.plugin} ${other.contract}`));
}

interface Use {
  readonly user: string;
  readonly plugin: string;
  readonly range: string;
  readonly optional: boolean;
  /** Who serves it today. */
  readonly provider: ContractParty;
  readonly after: readonly ContractParty[];
  /** Who could serve it afterwards. */
  readonly spare: readonly ContractParty[];
}

function broken({ user, plugin, range, optional, provider, after, spare }: Use): ContractBreak | null {
  const { id, version } = provider;
  const today = contractOf(provider, plugin)!;
  const contract = `${id}/${intentOf(plugin)} ${today}`;
  const base = { user, plugin, contract } as const;
  const next = after.find((party) => party.id === id);
  const later = next === undefined ? null : contractOf(next, plugin);
  const stays = `Keep ${id} ${version}`;
  if (next !== undefined && later !== null && covers(range, later)) {
    const [first] = changesOf(contractIn(provider, plugin), contractIn(next, plugin));
    if (first === undefined) return null;
    const reason = `${user} needs ${plugin} ${range}; ${id} ${next.version} still calls it ${later}, but ${first}.`;
    const cure = `${stays}, or use a version of ${id} whose contract keeps its word, and of ${user} that asks for the new one.`;
    return { ...base, kind: 'schema', reason, cure };
  }
  // Who can do without, or is served by another, does not break.
  if (optional || spare.length > 0) return null;
  if (next === undefined || later === null) {
    const gone = next === undefined ? `${id} would be removed` : `${id} ${next.version} does not provide it any more`;
    const cure = `${stays}, install another extension that provides ${plugin} within ${range}, or remove ${user}.`;
    return { ...base, kind: 'gone', reason: `${user} needs ${plugin} ${range}; ${gone}.`, cure };
  }
  const reason = `${user} needs ${plugin} ${range}; ${id} ${next.version} provides it as ${later}.`;
  const cure = `${stays}, or upgrade ${user} to a version whose range for ${plugin} includes ${later}.`;
  return { ...base, kind: 'version', reason, cure };
}

/** What a user of the old contract would stumble over, in words. */
function changesOf(before: PluginContract, after: PluginContract): readonly string[] {
  const lost = Object.keys(before.errors ?? {}).filter((code) => !Object.hasOwn(after.errors ?? {}, code));
  return [
    ...inputBreaks(before.input, after.input).map((one) => placed('its input', one)),
    ...outputBreaks(before.output, after.output).map((one) => placed('its output', one)),
    ...lost.map((code) => `its error ${code} is gone`),
  ];
}

function placed(what: string, { at, reason }: SchemaBreak): string {
  return `${what}${at === '' ? '' : ` at ${at}`} has changed: ${reason}`;
}

function contractIn(provider: ContractParty, plugin: string): PluginContract {
  return provider.plugins![intentOf(plugin)]!;
}

function intentOf(plugin: string): string {
  return plugin.slice(plugin.indexOf('/') + 1);
}

function order(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

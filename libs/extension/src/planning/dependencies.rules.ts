// What an extension needs of the tenant it goes to, and who there needs it. A first plain check: every obstacle is named with its cure.
import type { Manifest } from '@kari/protocol/manifest';
import { contractOf, covers, isProvider, needsOf, type Need } from '@kari/package/rules';
import type { Obstacle } from '../lifecycle/extension.commands.js';

/** What is in the tenant, as far as dependencies care. */
export interface Neighbour {
  readonly extension: string;
  readonly version: string;
  readonly status: 'installing' | 'enabled' | 'disabled' | 'failed';
  readonly manifest: Manifest;
}

/** Everything in the way of enabling it, each with what cures it; empty when nothing is. */
export function obstaclesOf(manifest: Manifest, neighbours: readonly Neighbour[], platformVersion: string): readonly Obstacle[] {
  const others = neighbours.filter((neighbour) => neighbour.extension !== manifest.id && neighbour.status !== 'failed');
  return [
    ...platformObstacle(manifest, platformVersion),
    ...needsOf(manifest.dependencies?.extensions).flatMap((need) => extensionObstacle(manifest.id, need, others)),
    ...needsOf(manifest.dependencies?.plugins).flatMap((need) => pluginObstacle(manifest, need, others)),
    ...conflictObstacles(manifest, others),
  ];
}

/** Who needs the installed version and could not live with that one, each with what cures it. */
export function dependentObstacles(candidate: Manifest, neighbours: readonly Neighbour[]): readonly Obstacle[] {
  const installed = neighbours.find((neighbour) => neighbour.extension === candidate.id)?.version;
  const rest = neighbours.filter((neighbour) => neighbour.extension !== candidate.id && neighbour.status !== 'failed');
  return rest.flatMap(({ extension, manifest }) =>
    needsOf(manifest.dependencies?.extensions).flatMap((need): Obstacle[] => {
      if (need.id !== candidate.id || need.optional || covers(need.range, candidate.version)) return [];
      // Who lacks it already loses nothing.
      if (installed === undefined || !covers(need.range, installed)) return [];
      const cure = `Change ${extension} to a version that works with ${candidate.id} ${candidate.version}, or remove it: it needs ${need.range}.`;
      return [{ kind: 'dependent', id: extension, needed: need.range, found: candidate.version, cure }];
    }),
  );
}

/** Whether each obstacle may still vanish by itself, because what is missing is being installed right now. */
export function mayResolve(obstacles: readonly Obstacle[], neighbours: readonly Neighbour[]): boolean {
  const installing = neighbours.filter((neighbour) => neighbour.status === 'installing');
  return obstacles.every((obstacle) => {
    if (obstacle.kind === 'plugin') return installing.some((neighbour) => isProvider(neighbour.manifest, obstacle.id, '*'));
    return obstacle.kind === 'disabled' && installing.some((neighbour) => neighbour.extension === obstacle.id);
  });
}

/** Installed extensions of the tenant that would be left without something they need. */
export function dependentsOf(extension: string, neighbours: readonly Neighbour[], which: 'enabled' | 'installed'): readonly string[] {
  const self = neighbours.find((neighbour) => neighbour.extension === extension);
  const rest = neighbours.filter((neighbour) => neighbour.extension !== extension && neighbour.status !== 'failed');
  return rest
    .filter((neighbour) => which === 'installed' || neighbour.status !== 'disabled')
    .filter((neighbour) => dependsOn(neighbour, extension, self, rest))
    .map((neighbour) => neighbour.extension)
    .sort();
}

function dependsOn(neighbour: Neighbour, extension: string, self: Neighbour | undefined, rest: readonly Neighbour[]): boolean {
  const direct = needsOf(neighbour.manifest.dependencies?.extensions).some((need) => need.id === extension && !need.optional);
  if (direct) return true;
  // A plugin that others provide as well does not hold anyone.
  return needsOf(neighbour.manifest.dependencies?.plugins).some((need) => {
    if (need.optional || self === undefined || !isProvider(self.manifest, need.id, need.range)) return false;
    return !rest.some((other) => other.status === 'enabled' && isProvider(other.manifest, need.id, need.range));
  });
}

function platformObstacle(manifest: Manifest, version: string): readonly Obstacle[] {
  if (covers(manifest.platform, version)) return [];
  const cure = `Use a version of ${manifest.id} that runs on Kari ${version}, or a Kari within ${manifest.platform}.`;
  return [{ kind: 'platform', id: 'kari', needed: manifest.platform, found: version, cure }];
}

function extensionObstacle(of: string, need: Need, others: readonly Neighbour[]): readonly Obstacle[] {
  const found = others.find((other) => other.extension === need.id);
  if (found === undefined) {
    if (need.optional) return [];
    const cure = `Install and enable ${need.id} ${need.range}, which ${of} needs.`;
    return [{ kind: 'missing', id: need.id, needed: need.range, found: null, cure }];
  }
  if (!covers(need.range, found.version)) {
    const cure = `Install a version of ${need.id} within ${need.range}; installed is ${found.version}.`;
    return [{ kind: 'version', id: need.id, needed: need.range, found: found.version, cure }];
  }
  if (found.status === 'enabled' || need.optional) return [];
  return [{ kind: 'disabled', id: need.id, needed: need.range, found: found.version, cure: `Enable ${need.id}, which ${of} needs.` }];
}

function pluginObstacle(manifest: Manifest, need: Need, others: readonly Neighbour[]): readonly Obstacle[] {
  if (need.optional || isProvider(manifest, need.id, need.range)) return [];
  const enabled = others.filter((other) => other.status === 'enabled');
  if (enabled.some((other) => isProvider(other.manifest, need.id, need.range))) return [];
  const found = enabled.map((other) => contractOf(other.manifest, need.id)).find((version) => version !== null) ?? null;
  const cure = `Install and enable an extension that provides the plugin ${need.id} with a contract within ${need.range}.`;
  return [{ kind: 'plugin', id: need.id, needed: need.range, found, cure }];
}

/** A conflict holds both ways: the one that is there may be the one that names it. */
function conflictObstacles(manifest: Manifest, others: readonly Neighbour[]): readonly Obstacle[] {
  const own = Object.entries(manifest.dependencies?.conflicts ?? {}).flatMap(([id, range]) => {
    const found = others.find((other) => other.extension === id && covers(range, other.version));
    return found === undefined ? [] : [conflict(manifest.id, found, range)];
  });
  const theirs = others.flatMap((other) => {
    const range = other.manifest.dependencies?.conflicts?.[manifest.id];
    if (range === undefined || !covers(range, manifest.version) || own.some((obstacle) => obstacle.id === other.extension)) return [];
    return [conflict(manifest.id, other, range)];
  });
  return [...own, ...theirs];
}

function conflict(of: string, found: Neighbour, range: string): Obstacle {
  const cure = `Remove ${found.extension} ${found.version}: it and ${of} cannot be installed side by side.`;
  return { kind: 'conflict', id: found.extension, needed: `not ${range}`, found: found.version, cure };
}

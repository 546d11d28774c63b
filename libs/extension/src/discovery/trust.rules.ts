// How far a package is trusted, and whether this server may build it at all: third-party code is never compiled here.
import { rejected } from '@kari/kernel';
import type { TrustClass } from '../contract.js';

/** Extension id → SHA-256 of the bundle that the release was made with. */
export type FirstPartyList = Readonly<Record<string, string>>;

export interface Platform {
  readonly firstParty: FirstPartyList;
  /** Development mode, and listening on loopback alone. */
  readonly developmentFolders: boolean;
}

const NO_DEVELOPMENT = 'source folders that the release does not vouch for run only in development mode and on a loopback address';

/** Throws EXTENSION_SOURCE_NOT_ALLOWED before anything of a source folder is built that may not be. */
export function demandBuildable(folder: string, extension: string, kind: 'bundle' | 'source', platform: Platform): void {
  if (kind === 'bundle' || platform.developmentFolders || platform.firstParty[extension] !== undefined) return;
  throw rejected('EXTENSION_SOURCE_NOT_ALLOWED', { folder, reason: NO_DEVELOPMENT });
}

/** Throws EXTENSION_SOURCE_NOT_ALLOWED when a source folder turned out to be neither the release's nor under development. */
export function trustOf(folder: string, extension: string, kind: 'bundle' | 'source', bundleHash: string, platform: Platform): TrustClass {
  if (platform.firstParty[extension] === bundleHash) return 'firstParty';
  if (kind === 'bundle') return 'thirdParty';
  if (platform.developmentFolders) return 'development';
  const listed = platform.firstParty[extension] !== undefined;
  const reason = listed ? `its bundle (${bundleHash}) is not the one the release was made with` : NO_DEVELOPMENT;
  throw rejected('EXTENSION_SOURCE_NOT_ALLOWED', { folder, reason });
}

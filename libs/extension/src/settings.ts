// What the configuration says to this context, narrowed to what it needs.
import { basename, resolve } from 'node:path';
import type { Config } from '@kari/platform/config';
import { platformVersion } from '@kari/protocol/manifest';

export const EXTENSION_SETTINGS = Symbol('ExtensionSettings');

export interface ExtensionSettings {
  /** Folders whose sub-folders are packages, absolute, with the label they are shown by: paths of this machine are nobody's business. */
  readonly directories: readonly { readonly label: string; readonly path: string }[];
  /** Whether source folders that the release does not vouch for may run here: development mode, and listening on loopback alone. */
  readonly developmentFolders: boolean;
  /** Whether folders are watched for changes. */
  readonly watch: boolean;
  /** Nothing is started, nothing is enabled. */
  readonly safeBoot: boolean;
  /** Version of Kari that packages are judged against. */
  readonly platformVersion: string;
  /** How long after its switch a new version is on trial; 0: not at all. */
  readonly trialSeconds: number;
  /** Seconds between two health checks of a version on trial. */
  readonly healthSeconds: number;
}

export function settingsOf(
  config: Pick<Config, 'mode' | 'host' | 'extensionsDirs' | 'safeBoot' | 'upgradeTrialSeconds' | 'upgradeHealthSeconds'>,
): ExtensionSettings {
  const development = config.mode === 'development';
  return {
    directories: labelled(config.extensionsDirs.map((directory) => resolve(directory))),
    developmentFolders: development && isLoopback(config.host),
    watch: development,
    safeBoot: config.safeBoot,
    platformVersion,
    trialSeconds: config.upgradeTrialSeconds,
    healthSeconds: config.upgradeHealthSeconds,
  };
}

function labelled(paths: readonly string[]): ExtensionSettings['directories'] {
  const used = new Map<string, number>();
  return [...new Set(paths)].map((path) => {
    const name = basename(path);
    const count = (used.get(name) ?? 0) + 1;
    used.set(name, count);
    return { label: count === 1 ? name : `${name}-${count}`, path };
  });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

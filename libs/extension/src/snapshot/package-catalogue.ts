// Registered versions in memory: which there are, which is the latest.
import semver from 'semver';
import type { PackageContent } from '../package/package.events.js';

export class PackageCatalogue {
  private readonly byExtension = new Map<string, Map<string, PackageContent>>();

  put(content: PackageContent): void {
    const versions = this.byExtension.get(content.extension) ?? new Map<string, PackageContent>();
    this.byExtension.set(content.extension, versions.set(content.version, content));
  }

  find(extension: string, version: string): PackageContent | null {
    return this.byExtension.get(extension)?.get(version) ?? null;
  }

  /** The highest release; a pre-release only where nothing else is registered. */
  latest(extension: string): PackageContent | null {
    const versions = this.versions(extension);
    const releases = versions.filter((version) => semver.prerelease(version) === null);
    const latest = (releases.length > 0 ? releases : versions)[0];
    return latest === undefined ? null : this.find(extension, latest);
  }

  /** Highest first. */
  versions(extension: string): readonly string[] {
    return [...(this.byExtension.get(extension)?.keys() ?? [])].sort(semver.rcompare);
  }

  all(): readonly PackageContent[] {
    return [...this.byExtension.values()].flatMap((versions) => [...versions.values()]);
  }
}

// Registered versions in memory: which there are, which is the latest.
import { highestFirst, inOrderOfChoice } from '@kari/package/rules';
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
    const [latest] = inOrderOfChoice(this.byExtension.get(extension)?.keys() ?? []);
    return latest === undefined ? null : this.find(extension, latest);
  }

  /** Highest first. */
  versions(extension: string): readonly string[] {
    return highestFirst(this.byExtension.get(extension)?.keys() ?? []);
  }

  all(): readonly PackageContent[] {
    return [...this.byExtension.values()].flatMap((versions) => [...versions.values()]);
  }
}

// Decides which versions of one extension are registered. A version means the same bytes for ever, except on a development platform.
import type { Decider } from '@kari/kernel';
import { canonicalJson, rejected } from '@kari/kernel';
import type { PackageCommand } from './package.commands.js';
import type { PackageContent, PackageEvent } from './package.events.js';

export interface PackageState {
  readonly versions: Readonly<Record<string, PackageContent>>;
}

function decide(command: PackageCommand, state: PackageState): readonly PackageEvent[] {
  const { mayReplace, ...content } = command.data;
  const registered = state.versions[content.version];
  if (registered === undefined) return [{ type: 'PackageVersionRegistered', data: content }];
  if (sameContent(registered, content)) {
    const { extension, version, folder, sourceHash } = content;
    if (registered.sourceHash === sourceHash && registered.folder === folder) return [];
    return [{ type: 'PackageSourceConfirmed', data: { extension, version, folder, sourceHash } }];
  }
  if (!mayReplace) {
    const { extension, version, folder } = content;
    throw rejected('EXTENSION_VERSION_TAKEN', { extension, version, folder, registered: registered.bundleHash, found: content.bundleHash });
  }
  return [{ type: 'PackageVersionReplaced', data: { ...content, replacedBundleHash: registered.bundleHash } }];
}

function evolve(state: PackageState, event: PackageEvent): PackageState {
  const content = contentAfter(state.versions[event.data.version] ?? null, event);
  return content === null ? state : { versions: { ...state.versions, [event.data.version]: content } };
}

/** What is registered under the event's version once it has happened. */
export function contentAfter(before: PackageContent | null, event: PackageEvent): PackageContent | null {
  if (event.type !== 'PackageSourceConfirmed') return contentOf(event);
  return before === null ? null : { ...before, folder: event.data.folder, sourceHash: event.data.sourceHash };
}

function contentOf(event: Exclude<PackageEvent, { type: 'PackageSourceConfirmed' }>): PackageContent {
  const { extension, version, manifest, bundleHash, assets, documents, trust, folder, sourceHash } = event.data;
  return { extension, version, manifest, bundleHash, assets, ...(documents === undefined ? {} : { documents }), trust, folder, sourceHash };
}

// What would run: folder and source do not matter, the manifest does (a permission may have been added to it alone).
function sameContent(one: PackageContent, other: PackageContent): boolean {
  // What was registered before documents were kept says nothing of them.
  const documented = one.documents !== undefined && other.documents !== undefined;
  return what(one, documented) === what(other, documented);
}

function what({ manifest, bundleHash, assets, documents, trust }: PackageContent, documented: boolean): string {
  return canonicalJson({ manifest, bundleHash, assets, trust, ...(documented ? { documents } : {}) });
}

export const packageDecider: Decider<PackageCommand, PackageEvent, PackageState> = { decide, evolve, initialState: { versions: {} } };

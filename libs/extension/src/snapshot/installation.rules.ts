// What enforcement may make of an installation's state: which status it counts as, and which grants hold.
import type { Grant, Installation, InstallationStatus, RegisteredVersion } from '../contract.js';
import type { PackageContent } from '../package/package.events.js';
import type { ExtensionState, HeldState } from '../lifecycle/extension-state.rules.js';
import type { Upgrade } from '../upgrade/upgrade-state.rules.js';

/** Under safe boot nothing counts as enabled, so that nobody starts it. */
export function enforcedStatus(state: HeldState, safeBoot: boolean): InstallationStatus {
  switch (state.status) {
    case 'installing':
    case 'undoing':
      return 'installing';
    case 'removing':
      return 'disabled';
    case 'enabled':
      return safeBoot ? 'disabled' : 'enabled';
    case 'disabled':
    case 'failed':
      return state.status;
  }
}

export function enforced(tenant: string, state: HeldState, content: PackageContent, revision: bigint, safeBoot: boolean): Installation {
  const grants = state.status === 'failed' ? [] : state.grants;
  return {
    tenant,
    extension: state.extension,
    status: enforcedStatus(state, safeBoot),
    version: registeredVersion(content),
    grants: grants.map(({ id, capability, scope, state: held }): Grant => ({ id, capability, scope, state: held })),
    revision,
  };
}

/** A registered package as the one who runs it needs it. */
export function registeredVersion({
  extension,
  version,
  manifest,
  bundleHash,
  assets,
  documents,
  trust,
}: PackageContent): RegisteredVersion {
  return { extension, version, manifest, bundleHash, assets, ...(documents === undefined ? {} : { documents }), trust };
}

/** What somebody still has to do for an installation, named so that the same work is known again; null when nothing is open. */
export type OpenWork =
  | { readonly kind: 'step' | 'undo' | 'upgrade' | 'upgrade-undo'; readonly name: string; readonly deadlineAt: string }
  | { readonly kind: 'removal' | 'activation' | 'deactivation'; readonly name: string; readonly deadlineAt: null };

export function openWorkOf(state: ExtensionState): OpenWork | null {
  switch (state.status) {
    case 'installing': {
      const step = state.started[state.completed.length];
      if (step === undefined || state.deadlineAt === null) return null;
      return { kind: 'step', name: `${state.install}/${step}`, deadlineAt: state.deadlineAt };
    }
    case 'undoing':
      if (state.running === null || state.deadlineAt === null) return null;
      return { kind: 'undo', name: `${state.install}/undo ${state.running}`, deadlineAt: state.deadlineAt };
    case 'removing':
      return { kind: 'removal', name: state.removal, deadlineAt: null };
    case 'enabled':
    case 'disabled':
      if (state.activation.phase === 'settled') return upgradeWorkOf(state.upgrade);
      return { kind: state.status === 'enabled' ? 'activation' : 'deactivation', name: state.activation.occasion, deadlineAt: null };
    default:
      return null;
  }
}

/** A step may be run again under the same try, after what held it is gone: its deadline tells the two apart. */
function upgradeWorkOf(upgrade: Upgrade | null): OpenWork | null {
  if (upgrade === null || upgrade.deadlineAt === null || upgrade.phase === 'held') return null;
  const step = upgrade.phase === 'undoing' ? upgrade.running : upgrade.started[upgrade.completed.length];
  if (step === undefined || step === null) return null;
  const kind = upgrade.phase === 'undoing' ? 'upgrade-undo' : 'upgrade';
  return { kind, name: `${upgrade.upgrade}/${kind}/${upgrade.deadlineAt}/${step}`, deadlineAt: upgrade.deadlineAt };
}

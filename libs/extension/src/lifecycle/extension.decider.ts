// Decides the life of one extension in one tenant: installed step by step, enabled, disabled, removed, its grants given and revoked.
import type { CommandMetadata, Decider } from '@kari/kernel';
import { canonicalJson, rejected, Rejection } from '@kari/kernel';
import { deadlineOf, stepAfter, stepPlans } from '../installation/installation.rules.js';
import {
  advanceUpgrade,
  cancelUpgrade,
  consentToUpgrade,
  dropUpgrade,
  goBackWithGroup,
  requestUpgrade,
  rollBack,
} from '../upgrade/upgrade.decision.rules.js';
import { demandConsent } from './consent.rules.js';
import type { ExtensionCommand, InstallWish } from './extension.commands.js';
import type { ExtensionEvent } from './extension.events.js';
import type { ExtensionState, HeldState } from './extension-state.rules.js';
import { evolveExtension, isHeld } from './extension-state.rules.js';

type Decision = readonly ExtensionEvent[];

function decide(command: ExtensionCommand, state: ExtensionState, metadata: CommandMetadata): Decision {
  const { extension } = command.data;
  switch (command.type) {
    case 'InstallExtension':
      return install(command.data, 'tenant', state, metadata);
    case 'FulfilWish':
      return asFact(command.data, 'install', () => install(command.data, 'wish', state, metadata));
    case 'RenewWish':
      // What a tenant has removed stays removed, and what it asked for itself is its own.
      if (!isHeld(state) || state.origin !== 'wish' || state.withdrawn) return [];
      return asFact(command.data, 'upgrade', () => renew(command.data, state, metadata));
    case 'WithdrawWish':
      if (!isHeld(state) || state.origin !== 'wish' || state.withdrawn) return [];
      if (state.status === 'installing') return cancel(state);
      return [
        ...(state.upgrade?.origin === 'wish' ? cancelUpgrade(state, 'withdrawn') : []),
        { type: 'ExtensionWithdrawalDue', data: { extension, version: state.version } },
      ];
    case 'RemoveWithdrawn':
      if (!isHeld(state) || !state.withdrawn || state.status === 'undoing') return [];
      return asFact({ extension, version: state.version }, 'remove', () =>
        remove(state, extension, command.data.facts.dependents, metadata),
      );
    case 'EnableExtension': {
      if (state.status === 'enabled') return [];
      const installed = demandInstalled(state, extension);
      const { safeBoot, obstacles } = command.data.facts;
      if (safeBoot) throw rejected('EXTENSION_SAFE_BOOT', { extension });
      if (obstacles.length > 0)
        throw rejected('EXTENSION_DEPENDENCY_MISSING', { extension, cures: obstacles.map(({ cure }) => cure), obstacles });
      return [
        { type: 'ExtensionEnabled', data: { extension, version: installed.version, activated: false, occasion: metadata.commandId } },
      ];
    }
    case 'DisableExtension': {
      if (state.status === 'disabled') return [];
      const installed = demandInstalled(state, extension);
      demandNoDependents(extension, command.data.facts.dependents);
      return [
        ...cancelUpgrade(installed, 'disabled'),
        { type: 'ExtensionDisabled', data: { extension, version: installed.version, occasion: metadata.commandId } },
      ];
    }
    case 'UpgradeExtension':
      return requestUpgrade(command.data, 'tenant', demandInstalled(state, extension), metadata);
    case 'ConsentToUpgrade':
      return consentToUpgrade(extension, command.data.consented, state);
    case 'CancelUpgrade': {
      const installed = demandInstalled(state, extension);
      if (installed.upgrade === null) throw rejected('EXTENSION_UPGRADE_NOT_RUNNING', { extension, version: installed.version });
      return cancelUpgrade(installed, 'asked');
    }
    case 'RollBackExtension': {
      const installed = demandInstalled(state, extension);
      const { to, obstacles } = command.data.facts;
      // Obstacles were told from the version it was then to go back to.
      const [former] = installed.formers;
      // A version that came with others goes back with them: that is decided for all of them, elsewhere.
      if (to !== (former?.version ?? null) || former?.group !== undefined)
        throw rejected('EXTENSION_BUSY', { extension, status: 'changing its version' });
      if (obstacles.length > 0)
        throw rejected('EXTENSION_UPGRADE_OBSTRUCTED', { extension, version: to, cures: obstacles.map(({ cure }) => cure), obstacles });
      return rollBack(installed, 'operator', 'an operator asked for it');
    }
    case 'GoBackWithGroup':
      return goBackWithGroup(command.data, state);
    case 'RemoveExtension':
      return remove(state, extension, command.data.facts.dependents, metadata);
    case 'CancelInstall':
      if (state.status === 'installing') return cancel(state);
      if (state.status === 'undoing' || state.status === 'absent') return [];
      throw rejected('EXTENSION_INSTALL_NOT_RUNNING', { extension, status: state.status });
    case 'GiveGrant': {
      const holder = demandHolder(state, extension);
      const { grant: id, facts } = command.data;
      const { requested } = facts;
      if (requested?.id !== id) throw rejected('SECURITY_GRANT_UNKNOWN', { extension, grant: id });
      const held = holder.grants.find((grant) => grant.id === id);
      // The same permission with a wider scope is given anew: that is what the operator has read this time.
      if (held?.state === 'granted' && canonicalJson(held.scope) === canonicalJson(requested.scope)) return [];
      return [{ type: 'ExtensionGrantGiven', data: { extension, grant: requested } }];
    }
    case 'RevokeGrant': {
      const holder = demandHolder(state, extension);
      const held = holder.grants.find((grant) => grant.id === command.data.grant);
      if (held === undefined) throw rejected('SECURITY_GRANT_UNKNOWN', { extension, grant: command.data.grant });
      if (held.state === 'revoked') return [];
      return [{ type: 'ExtensionGrantRevoked', data: { extension, grant: held.id } }];
    }
    case 'CompleteRemoval': {
      const { removal, troubles } = command.data;
      if (state.status !== 'removing' || state.removal !== removal) return [];
      return [{ type: 'ExtensionRemoved', data: { extension, version: state.version, troubles } }];
    }
    case 'ReportActivation': {
      const { failure } = command.data;
      if (state.status !== 'enabled' || state.activation.phase === 'settled') return [];
      if (failure !== null) return [{ type: 'ExtensionActivationFailed', data: { extension, ...failure } }];
      return [{ type: 'ExtensionActivated', data: { extension } }];
    }
    case 'ReportDeactivation':
      if (state.status !== 'disabled' || state.activation.phase === 'settled') return [];
      return [{ type: 'ExtensionDeactivated', data: { extension, trouble: command.data.trouble } }];
    default:
      return 'upgrade' in command.data
        ? advanceUpgrade(command as Parameters<typeof advanceUpgrade>[0], state, metadata)
        : advance(command as StepCommand, state, metadata);
  }
}

function renew(wish: InstallWish, state: HeldState, metadata: CommandMetadata): Decision {
  const { extension, version, consented, facts } = wish;
  const installed = demandInstalled(state, extension);
  if (facts.found !== null) demandConsent(extension, facts.found, consented);
  return requestUpgrade(
    { extension, version, consented, facts: { ...facts, from: null, widened: [], obstacles: [] } },
    'wish',
    installed,
    metadata,
  );
}

type StepCommand = Extract<ExtensionCommand, { data: { install: string } }>;

/** The process of an install moves on. A word about another try, or out of turn, is late: it changes nothing. */
function advance(command: StepCommand, state: ExtensionState, metadata: CommandMetadata): Decision {
  const { extension, install: name } = command.data;
  if ((state.status !== 'installing' && state.status !== 'undoing') || state.install !== name) return [];
  if (state.status === 'undoing') return takeBack(command, state, metadata);
  const running = state.started.at(state.completed.length) ?? null;
  switch (command.type) {
    case 'StartInstallStep': {
      const { step } = command.data;
      if (running !== null || stepAfter(state.completed.at(-1) ?? null, state.enable) !== step) return [];
      const detail = stepPlans[step].doing;
      return [
        {
          type: 'ExtensionInstallStepStarted',
          data: { extension, install: name, step, detail, deadlineAt: deadlineOf(step, metadata.now) },
        },
      ];
    }
    case 'CompleteInstallStep': {
      const { step, detail } = command.data;
      return running === step ? [{ type: 'ExtensionInstallStepCompleted', data: { extension, install: name, step, detail } }] : [];
    }
    case 'FailInstallStep': {
      const { step, code, reason } = command.data;
      return running === step ? [{ type: 'ExtensionInstallFailed', data: { extension, install: name, step, code, reason } }] : [];
    }
    case 'FinishInstall': {
      if (running !== null || stepAfter(state.completed.at(-1) ?? null, state.enable) !== null) return [];
      const { version } = state;
      const installed: ExtensionEvent = { type: 'ExtensionInstalled', data: { extension, version } };
      return state.enable
        ? [installed, { type: 'ExtensionEnabled', data: { extension, version, activated: true, occasion: name } }]
        : [installed];
    }
    default:
      return [];
  }
}

function takeBack(command: StepCommand, state: Extract<ExtensionState, { status: 'undoing' }>, metadata: CommandMetadata): Decision {
  const { extension, install: name } = command.data;
  switch (command.type) {
    case 'StartInstallUndo': {
      const { step } = command.data;
      if (state.running !== null || state.remaining[0] !== step) return [];
      return [
        { type: 'ExtensionInstallUndoStarted', data: { extension, install: name, step, deadlineAt: deadlineOf(step, metadata.now) } },
      ];
    }
    case 'CompleteInstallUndo': {
      const { step, trouble } = command.data;
      return state.running === step ? [{ type: 'ExtensionInstallStepUndone', data: { extension, install: name, step, trouble } }] : [];
    }
    case 'CloseInstall':
      if (state.remaining.length > 0) return [];
      return [{ type: 'ExtensionInstallUndone', data: { extension, install: name, outcome: state.outcome } }];
    default:
      return [];
  }
}

function install(wish: InstallWish, origin: 'tenant' | 'wish', state: ExtensionState, metadata: CommandMetadata): Decision {
  const { extension, enable, consented, facts } = wish;
  const { found } = facts;
  if (found === null) {
    const known = facts.known.length === 0 ? 'none' : facts.known;
    throw rejected('EXTENSION_PACKAGE_UNKNOWN', { extension, version: wish.version ?? 'latest', known });
  }
  const { version, bundleHash, grants, resourceClass } = found;
  if (isHeld(state) && state.status !== 'failed') {
    if (state.status === 'undoing' || state.status === 'removing') throw rejected('EXTENSION_BUSY', { extension, status: state.status });
    if (state.version === version) return [];
    if (state.status === 'installing') throw rejected('EXTENSION_INSTALL_RUNNING', { extension, version: state.version });
    throw rejected('EXTENSION_OTHER_VERSION_INSTALLED', { extension, installed: state.version, wanted: version });
  }
  if (facts.safeBoot) throw rejected('EXTENSION_SAFE_BOOT', { extension });
  demandConsent(extension, found, consented);
  return [
    {
      type: 'ExtensionInstallRequested',
      data: { extension, version, bundleHash, grants, resourceClass, enable, origin, install: metadata.commandId },
    },
  ];
}

function cancel(state: Extract<ExtensionState, { status: 'installing' }>): Decision {
  const { extension, install: name, started, completed } = state;
  return [{ type: 'ExtensionInstallCancelled', data: { extension, install: name, step: started[completed.length] ?? null } }];
}

function remove(state: ExtensionState, extension: string, dependents: readonly string[], metadata: CommandMetadata): Decision {
  switch (state.status) {
    case 'removed':
    case 'removing':
      return [];
    case 'failed':
      return [{ type: 'ExtensionRemoved', data: { extension, version: state.version, troubles: [] } }];
    default: {
      const installed = demandInstalled(state, extension);
      demandNoDependents(extension, dependents);
      const wasEnabled = installed.status === 'enabled';
      return [
        ...dropUpgrade(installed),
        { type: 'ExtensionRemovalStarted', data: { extension, version: installed.version, removal: metadata.commandId, wasEnabled } },
      ];
    }
  }
}

/** A wish for all tenants is not stopped by one tenant: what does not fit there is written down there. */
function asFact(
  about: { extension: string; version: string | null },
  act: 'install' | 'remove' | 'upgrade',
  decideIt: () => Decision,
): Decision {
  try {
    return decideIt();
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    const { extension, version } = about;
    return [{ type: 'ExtensionWishRefused', data: { extension, version: version ?? 'latest', act, code: error.code, facts: error.facts } }];
  }
}

function demandInstalled(state: ExtensionState, extension: string): Extract<ExtensionState, { status: 'enabled' | 'disabled' }> {
  if (state.status === 'enabled' || state.status === 'disabled') return state;
  if (state.status === 'installing') throw rejected('EXTENSION_INSTALL_RUNNING', { extension, version: state.version });
  if (state.status === 'undoing' || state.status === 'removing') throw rejected('EXTENSION_BUSY', { extension, status: state.status });
  throw rejected('EXTENSION_NOT_INSTALLED', { extension });
}

function demandHolder(state: ExtensionState, extension: string): HeldState {
  if (isHeld(state) && state.status !== 'failed' && state.status !== 'removing') return state;
  throw rejected('EXTENSION_NOT_INSTALLED', { extension });
}

function demandNoDependents(extension: string, dependents: readonly string[]): void {
  if (dependents.length > 0) throw rejected('EXTENSION_HAS_DEPENDENTS', { extension, dependents });
}

export const extensionDecider: Decider<ExtensionCommand, ExtensionEvent, ExtensionState> = {
  decide,
  evolve: evolveExtension,
  initialState: { status: 'absent' },
};

// The life of one extension in one tenant, as facts alone build it. A union by status: what cannot be, cannot be written.
import type { InstallStep } from '../installation/installation.rules.js';
import { stepsToUndo } from '../installation/installation.rules.js';
import {
  evolveUpgrade,
  neverUpgraded,
  revoked,
  revokedEverywhere,
  rolledBack,
  type HeldGrant,
  type UpgradeHistory,
} from '../upgrade/upgrade-state.rules.js';
import type { ExtensionEvent } from './extension.events.js';

export type { HeldGrant };

interface Failure {
  readonly step: InstallStep;
  readonly code: string;
  readonly reason: string;
}

/** Whether the hook of the last enable or disable has run; a pending one is run by whoever finds it. */
interface Activation {
  readonly phase: 'pending' | 'settled';
  /** Names the change that the hook belongs to. */
  readonly occasion: string;
  readonly failure: { readonly code: string; readonly reason: string } | null;
}

const INSTALLED: Activation = { phase: 'settled', occasion: '', failure: null };

/** What every installation has, however far it came. */
interface Held extends UpgradeHistory {
  readonly extension: string;
  readonly version: string;
  readonly bundleHash: string;
  readonly grants: readonly HeldGrant[];
  readonly resourceClass: 'S' | 'M' | 'L';
  readonly origin: 'tenant' | 'wish';
  /** The wish it came by was withdrawn. */
  readonly withdrawn: boolean;
}

export type ExtensionState =
  | { readonly status: 'absent' }
  | { readonly status: 'removed' }
  | (Held & {
      readonly status: 'installing';
      readonly install: string;
      readonly enable: boolean;
      readonly started: readonly InstallStep[];
      readonly completed: readonly InstallStep[];
      /** When the running step must be over; null between two steps. */
      readonly deadlineAt: string | null;
    })
  | (Held & {
      readonly status: 'undoing';
      readonly install: string;
      readonly outcome: 'failed' | 'cancelled';
      readonly failure: Failure | null;
      /** What is still to be taken back, next first. */
      readonly remaining: readonly InstallStep[];
      readonly running: InstallStep | null;
      readonly deadlineAt: string | null;
    })
  | (Held & { readonly status: 'failed'; readonly failure: Failure | null })
  | (Held & { readonly status: 'disabled' | 'enabled'; readonly activation: Activation })
  | (Held & { readonly status: 'removing'; readonly removal: string; readonly wasEnabled: boolean });

export type HeldState = Extract<ExtensionState, Held>;

export function isHeld(state: ExtensionState): state is HeldState {
  return state.status !== 'absent' && state.status !== 'removed';
}

export function evolveExtension(state: ExtensionState, event: ExtensionEvent): ExtensionState {
  if (event.type === 'ExtensionInstallRequested') return requested(event.data);
  if (event.type === 'ExtensionRemoved') return { status: 'removed' };
  if (!isHeld(state)) return state;
  switch (event.type) {
    case 'ExtensionInstallStepStarted':
      if (state.status !== 'installing') return state;
      return { ...state, started: [...state.started, event.data.step], deadlineAt: event.data.deadlineAt };
    case 'ExtensionInstallStepCompleted':
      if (state.status !== 'installing') return state;
      return { ...state, completed: [...state.completed, event.data.step], deadlineAt: null };
    case 'ExtensionInstallFailed': {
      const { step, code, reason } = event.data;
      return undoing(state, 'failed', { step, code, reason });
    }
    case 'ExtensionInstallCancelled':
      return undoing(state, 'cancelled', null);
    case 'ExtensionInstallUndoStarted':
      return state.status === 'undoing' ? { ...state, running: event.data.step, deadlineAt: event.data.deadlineAt } : state;
    case 'ExtensionInstallStepUndone':
      if (state.status !== 'undoing') return state;
      return { ...state, remaining: state.remaining.filter((step) => step !== event.data.step), running: null, deadlineAt: null };
    case 'ExtensionInstallUndone':
      if (event.data.outcome === 'cancelled') return { status: 'absent' };
      return { ...held(state), status: 'failed', failure: state.status === 'undoing' ? state.failure : null };
    case 'ExtensionInstalled':
      return { ...held(state), status: 'disabled', activation: INSTALLED };
    case 'ExtensionDisabled':
      return { ...held(state), status: 'disabled', activation: { phase: 'pending', occasion: event.data.occasion, failure: null } };
    case 'ExtensionEnabled': {
      const { activated, occasion } = event.data;
      return { ...held(state), status: 'enabled', activation: { phase: activated ? 'settled' : 'pending', occasion, failure: null } };
    }
    case 'ExtensionActivated':
      return state.status === 'enabled' ? settled(state) : state;
    case 'ExtensionActivationFailed': {
      if (state.status !== 'enabled') return state;
      const { code, reason } = event.data;
      const { occasion } = state.activation;
      // What could not be activated does not stay enabled: nobody may call it.
      return { ...held(state), status: 'disabled', activation: { phase: 'settled', occasion, failure: { code, reason } } };
    }
    case 'ExtensionDeactivated':
      return state.status === 'disabled' ? settled(state) : state;
    case 'ExtensionRemovalStarted':
      return {
        ...held(state),
        upgrade: null,
        trial: null,
        status: 'removing',
        removal: event.data.removal,
        wasEnabled: event.data.wasEnabled,
      };
    case 'ExtensionGrantGiven':
      return { ...state, grants: withGrant(state.grants, { ...event.data.grant, state: 'granted' }) };
    case 'ExtensionGrantRevoked':
      return { ...state, ...revokedEverywhere(state, event.data.grant), grants: revoked(state.grants, event.data.grant) };
    case 'ExtensionWithdrawalDue':
      return { ...state, withdrawn: true };
    case 'ExtensionWishRefused':
      return state;
    case 'ExtensionUpgraded': {
      if (state.upgrade?.upgrade !== event.data.upgrade) return state;
      const { version, bundleHash, grants, resourceClass } = event.data;
      return { ...state, ...evolveUpgrade(state, event), version, bundleHash, grants, resourceClass };
    }
    case 'ExtensionRolledBack': {
      const { version, bundleHash, grants, resourceClass } = event.data;
      return { ...state, ...rolledBack(state, event.data), version, bundleHash, grants, resourceClass };
    }
    default:
      return { ...state, ...evolveUpgrade(state, event) };
  }
}

function requested(data: Extract<ExtensionEvent, { type: 'ExtensionInstallRequested' }>['data']): ExtensionState {
  return {
    status: 'installing',
    extension: data.extension,
    version: data.version,
    bundleHash: data.bundleHash,
    grants: data.grants.map((grant) => ({ ...grant, state: 'granted' })),
    resourceClass: data.resourceClass,
    origin: data.origin,
    withdrawn: false,
    ...neverUpgraded,
    install: data.install,
    enable: data.enable,
    started: [],
    completed: [],
    deadlineAt: null,
  };
}

function undoing(state: HeldState, outcome: 'failed' | 'cancelled', failure: Failure | null): ExtensionState {
  if (state.status !== 'installing') return state;
  const remaining = stepsToUndo(state.started);
  return { ...held(state), status: 'undoing', install: state.install, outcome, failure, remaining, running: null, deadlineAt: null };
}

function settled(state: Extract<ExtensionState, { activation: Activation }>): ExtensionState {
  return { ...state, activation: { ...state.activation, phase: 'settled', failure: null } };
}

function held(state: HeldState): Held {
  const { extension, version, bundleHash, grants, resourceClass, origin, withdrawn, upgrade, formers, trial, discarded } = state;
  return { extension, version, bundleHash, grants, resourceClass, origin, withdrawn, upgrade, formers, trial, discarded };
}

function withGrant(grants: readonly HeldGrant[], given: HeldGrant): readonly HeldGrant[] {
  if (grants.some((grant) => grant.id === given.id)) return grants.map((grant) => (grant.id === given.id ? given : grant));
  return [...grants, given];
}

// What an upgrade adds to the life of an extension: beside the version that is enforced, never in its place, until the switch.
import type { ExtensionEvent, HeldItem, RequestedGrant, UpgradeGroup } from '../lifecycle/extension.events.js';
import type { UpgradeStep } from './upgrade.rules.js';
import { upgradeStepsToUndo } from './upgrade.rules.js';

export interface HeldGrant extends RequestedGrant {
  readonly state: 'granted' | 'revoked';
}

interface Candidate {
  /** Names this try. */
  readonly upgrade: string;
  readonly version: string;
  readonly bundleHash: string;
  /** Everything it asks for. */
  readonly grants: readonly RequestedGrant[];
  readonly resourceClass: 'S' | 'M' | 'L';
  readonly origin: 'tenant' | 'wish';
  /** Whom it takes over with; left out where it goes alone. */
  readonly group?: UpgradeGroup;
  readonly started: readonly UpgradeStep[];
  readonly completed: readonly UpgradeStep[];
  /** What it goes back to; null before that step. */
  readonly snapshot: Former | null;
  /** When the running step must be over; null between two steps. */
  readonly deadlineAt: string | null;
}

export type Upgrade =
  /** `ready`: it waits for the switch of its group. */
  | (Candidate & { readonly phase: 'running'; readonly ready?: true })
  | (Candidate & { readonly phase: 'held'; readonly cause: 'consent' | 'contract'; readonly items: readonly HeldItem[] })
  | (Candidate & {
      readonly phase: 'undoing';
      readonly outcome: 'failed' | 'cancelled';
      readonly failure: { readonly step: UpgradeStep; readonly code: string; readonly reason: string } | null;
      /** What is still to be taken back, next first. */
      readonly remaining: readonly UpgradeStep[];
      readonly running: UpgradeStep | null;
    });

/** A version that served before, and what it may have again. */
export interface Former {
  readonly version: string;
  readonly bundleHash: string;
  readonly grants: readonly HeldGrant[];
  readonly resourceClass: 'S' | 'M' | 'L';
  /** The group that took its place: it comes back with that group alone. */
  readonly group?: UpgradeGroup;
}

export interface UpgradeHistory {
  readonly upgrade: Upgrade | null;
  /** Versions one can go back to, the last one first. */
  readonly formers: readonly Former[];
  /** The trial period of the installed version; null when it is over or there was none. */
  readonly trial: { readonly upgrade: string; readonly until: string } | null;
  /** Versions that were rolled back: nobody takes them again but an operator who asks for them. */
  readonly discarded: readonly string[];
}

export const neverUpgraded: UpgradeHistory = { upgrade: null, formers: [], trial: null, discarded: [] };

/** How many versions one can go back. */
const MOST_FORMERS = 10;

type UpgradeEvent = Extract<ExtensionEvent, { data: { upgrade: string } }>;

/** What the events of an upgrade do to it; the switch and the way back are the installation's own business. */
export function evolveUpgrade(state: UpgradeHistory, event: UpgradeEvent): UpgradeHistory {
  if (event.type === 'ExtensionUpgradeRequested') return requested(state, event.data);
  if (event.type === 'ExtensionUpgradeProven') return state.trial?.upgrade === event.data.upgrade ? { ...state, trial: null } : state;
  const { upgrade } = state;
  if (upgrade === null || upgrade.upgrade !== event.data.upgrade) return state;
  const now = (changed: Upgrade | null): UpgradeHistory => ({ ...state, upgrade: changed });
  switch (event.type) {
    case 'ExtensionUpgradeHeld': {
      const { cause, items } = event.data;
      // The step that met the obstacle begins anew when it is gone.
      return now({ ...candidate(upgrade), started: upgrade.completed, deadlineAt: null, phase: 'held', cause, items });
    }
    case 'ExtensionUpgradeResumed':
      return now({ ...candidate(upgrade), phase: 'running' });
    case 'ExtensionUpgradeStepStarted':
      return now({ ...upgrade, started: [...upgrade.started, event.data.step], deadlineAt: event.data.deadlineAt });
    case 'ExtensionUpgradeStepCompleted':
      return now({ ...upgrade, completed: [...upgrade.completed, event.data.step], deadlineAt: null });
    case 'ExtensionSnapshotTaken': {
      const { version, bundleHash, grants, resourceClass } = event.data;
      return now({ ...upgrade, snapshot: { version, bundleHash, grants, resourceClass } });
    }
    case 'ExtensionUpgradeReady':
      return upgrade.phase === 'running' ? now({ ...upgrade, ready: true }) : state;
    case 'ExtensionUpgradeFailed': {
      const { step, code, reason } = event.data;
      return now(undoing(upgrade, 'failed', { step, code, reason }));
    }
    case 'ExtensionUpgradeCancelled':
      return now(undoing(upgrade, 'cancelled', null));
    case 'ExtensionUpgradeUndoStarted':
      return upgrade.phase === 'undoing' ? now({ ...upgrade, running: event.data.step, deadlineAt: event.data.deadlineAt }) : state;
    case 'ExtensionUpgradeStepUndone': {
      if (upgrade.phase !== 'undoing') return state;
      const remaining = upgrade.remaining.filter((step) => step !== event.data.step);
      return now({ ...upgrade, remaining, running: null, deadlineAt: null });
    }
    case 'ExtensionUpgradeUndone':
      return now(null);
    case 'ExtensionUpgraded': {
      const { upgrade: name, trialUntil } = event.data;
      const { snapshot, group } = upgrade;
      const former = snapshot === null ? [] : [{ ...snapshot, ...(group === undefined ? {} : { group }) }];
      const formers = [...former, ...state.formers].slice(0, MOST_FORMERS);
      return { ...state, upgrade: null, formers, trial: trialUntil === null ? null : { upgrade: name, until: trialUntil } };
    }
  }
}

/** `group`: it went back as one, past whatever each had put on top. */
export function rolledBack(
  state: UpgradeHistory,
  { from, group }: { readonly from: string; readonly group?: string | undefined },
): UpgradeHistory {
  const place = group === undefined ? 0 : formerOf(state, group);
  const given = [...state.formers.slice(0, place).map(({ version }) => version), from];
  const discarded = [...state.discarded.filter((one) => !given.includes(one)), ...given];
  return { ...state, formers: state.formers.slice(place + 1), trial: null, discarded };
}

/** Where among the versions one can go back to the one is that the group has taken the place of; -1: nowhere. */
export function formerOf({ formers }: UpgradeHistory, group: string): number {
  return formers.findIndex((former) => former.group?.group === group);
}

/** A revoke outlives every version: what is taken away now does not come back with an older one. */
export function revokedEverywhere(state: UpgradeHistory, id: string): UpgradeHistory {
  const { upgrade } = state;
  const without = (former: Former): Former => ({ ...former, grants: revoked(former.grants, id) });
  const snapshot = upgrade?.snapshot ?? null;
  return {
    ...state,
    formers: state.formers.map(without),
    upgrade: upgrade === null || snapshot === null ? upgrade : { ...upgrade, snapshot: without(snapshot) },
  };
}

export function revoked(grants: readonly HeldGrant[], id: string): readonly HeldGrant[] {
  return grants.map((grant) => (grant.id === id ? { ...grant, state: 'revoked' } : grant));
}

function requested(state: UpgradeHistory, data: Extract<UpgradeEvent, { type: 'ExtensionUpgradeRequested' }>['data']): UpgradeHistory {
  const { upgrade, version, bundleHash, grants, resourceClass, origin, group } = data;
  const none = { started: [], completed: [], snapshot: null, deadlineAt: null };
  return {
    ...state,
    // Whoever asks for a discarded version by name takes it back into favour.
    discarded: state.discarded.filter((one) => one !== version),
    upgrade: {
      upgrade,
      version,
      bundleHash,
      grants,
      resourceClass,
      origin,
      ...(group === undefined ? {} : { group }),
      ...none,
      phase: 'running',
    },
  };
}

function undoing(upgrade: Upgrade, outcome: 'failed' | 'cancelled', failure: Extract<Upgrade, { phase: 'undoing' }>['failure']): Upgrade {
  if (upgrade.phase === 'undoing') return upgrade;
  const remaining = upgradeStepsToUndo(upgrade.started);
  return { ...candidate(upgrade), phase: 'undoing', outcome, failure, remaining, running: null, deadlineAt: null };
}

function candidate({
  upgrade,
  version,
  bundleHash,
  grants,
  resourceClass,
  origin,
  group,
  started,
  completed,
  snapshot,
  deadlineAt,
}: Upgrade): Candidate {
  const known = { upgrade, version, bundleHash, grants, resourceClass, origin, started, completed, snapshot, deadlineAt };
  return group === undefined ? known : { ...known, group };
}

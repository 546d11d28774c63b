// Who has what, in which version and state, with which grants, since when and by whom: one row per extension in a tenant.
import { idOf, tenantOf, type Projection, type RecordedEvent } from '@kari/kernel';
import { extensionEventTypes, type ExtensionEvent } from '../lifecycle/extension.events.js';
import type { Upgrade } from '../upgrade/upgrade-state.rules.js';
import { evolveExtension, isHeld, type ExtensionState, type HeldGrant, type HeldState } from '../lifecycle/extension-state.rules.js';

/** A grant with the moment and the actor of its last change. */
export interface RegistryGrant extends HeldGrant {
  readonly since: string;
  readonly by: string;
}

export interface RegistryRow extends Record<string, unknown> {
  readonly tenant: string;
  readonly extension: string;
  readonly status: HeldState['status'];
  readonly version: string;
  readonly grants: readonly RegistryGrant[];
  readonly resource_class: string;
  readonly origin: string;
  /** Why it failed, or why its last activation did; null when nothing did. */
  readonly failure: { readonly code: string; readonly reason: string } | null;
  readonly upgrade: Upgrade | null;
  /** What one can go back to. */
  readonly former_version: string | null;
  /** The other extensions that go back with it. */
  readonly former_with: readonly string[];
  /** Until when the installed version is on trial. */
  readonly trial_until: string | null;
  readonly installed_at: string | null;
  readonly enabled_at: string | null;
  readonly changed_at: string;
  readonly changed_by: string;
  readonly revision: string;
  /** What the fold goes on from. */
  readonly state: HeldState;
}

export const registryProjection: Projection<RegistryRow> = {
  name: 'extension.registry',
  version: 3,
  table: {
    name: 'extension.registry',
    columns: {
      tenant: 'text',
      extension: 'text',
      status: 'text',
      version: 'text',
      grants: 'json',
      resource_class: 'text',
      origin: 'text',
      failure: 'json?',
      upgrade: 'json?',
      former_version: 'text?',
      former_with: 'json',
      trial_until: 'timestamp?',
      installed_at: 'timestamp?',
      enabled_at: 'timestamp?',
      changed_at: 'timestamp',
      changed_by: 'text',
      revision: 'bigint',
      state: 'json',
    },
    key: ['tenant', 'extension'],
    tenantColumn: 'tenant',
    indexes: [['extension', 'version']],
  },
  handles: extensionEventTypes,
  keyOf: (event) => [tenantOf(event.stream), idOf(event.stream)],
  evolve(row, recorded) {
    const event = recorded as unknown as ExtensionEvent;
    const before: ExtensionState = row?.state ?? { status: 'absent' };
    const state = evolveExtension(before, event);
    if (!isHeld(state)) return null;
    const { occurredAt: at, actor } = recorded.meta;
    const fresh = event.type === 'ExtensionInstallRequested';
    return {
      tenant: tenantOf(recorded.stream),
      extension: idOf(recorded.stream),
      status: state.status,
      version: state.version,
      grants: grantsAfter(fresh ? [] : (row?.grants ?? []), state, recorded),
      resource_class: state.resourceClass,
      origin: state.origin,
      failure: failureOf(state),
      upgrade: state.upgrade,
      former_version: state.formers[0]?.version ?? null,
      former_with: (state.formers[0]?.group?.members ?? []).map(({ extension }) => extension).filter((other) => other !== state.extension),
      trial_until: state.trial?.until ?? null,
      installed_at: event.type === 'ExtensionInstalled' ? at : fresh ? null : (row?.installed_at ?? null),
      enabled_at: enabledAt(row, state, at),
      changed_at: at,
      changed_by: actor,
      revision: recorded.revision.toString(),
      state,
    };
  },
};

function grantsAfter(before: readonly RegistryGrant[], state: HeldState, recorded: RecordedEvent): readonly RegistryGrant[] {
  const { occurredAt: since, actor: by } = recorded.meta;
  const event = recorded as unknown as ExtensionEvent;
  return state.grants.map((grant) => {
    const known = before.find((one) => one.id === grant.id);
    const given = event.type === 'ExtensionGrantGiven' && event.data.grant.id === grant.id;
    if (known === undefined || given || known.state !== grant.state) return { ...grant, since, by };
    return { ...grant, since: known.since, by: known.by };
  });
}

function failureOf(state: HeldState): RegistryRow['failure'] {
  if (state.status === 'failed' || state.status === 'undoing') {
    return state.failure === null ? null : { code: state.failure.code, reason: state.failure.reason };
  }
  return state.status === 'disabled' ? state.activation.failure : null;
}

function enabledAt(row: RegistryRow | null, state: HeldState, at: string): string | null {
  if (state.status !== 'enabled') return null;
  return row?.status === 'enabled' ? row.enabled_at : at;
}

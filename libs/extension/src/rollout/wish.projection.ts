// The wishes for all tenants, and how far each has come in every tenant: what does not fit somewhere is seen here.
import { idOf, tenantOf, type Projection } from '@kari/kernel';
import { extensionEventTypes, type ExtensionEvent } from '../lifecycle/extension.events.js';
import type { WishEvent } from './wish.events.js';

export interface WishRow extends Record<string, unknown> {
  readonly extension: string;
  readonly status: 'standing' | 'withdrawn';
  readonly version: string;
  readonly enable: boolean;
  readonly wished_at: string;
  readonly wished_by: string;
  readonly withdrawn_at: string | null;
}

export const wishProjection: Projection<WishRow> = {
  name: 'extension.wish',
  version: 1,
  table: {
    name: 'extension.wish',
    columns: {
      extension: 'text',
      status: 'text',
      version: 'text',
      enable: 'boolean',
      wished_at: 'timestamp',
      wished_by: 'text',
      withdrawn_at: 'timestamp?',
    },
    key: ['extension'],
    tenantColumn: null,
  },
  handles: ['ExtensionWishedForAll', 'ExtensionWishWithdrawn'],
  keyOf: (event) => [idOf(event.stream)],
  evolve(row, recorded) {
    const event = recorded as unknown as WishEvent;
    const at = recorded.meta.occurredAt;
    if (event.type === 'ExtensionWishWithdrawn') return row === null ? null : { ...row, status: 'withdrawn', withdrawn_at: at };
    const { extension, package: wished, enable } = event.data;
    return {
      extension,
      status: 'standing',
      version: wished.version,
      enable,
      wished_at: at,
      wished_by: recorded.meta.actor,
      withdrawn_at: null,
    };
  },
};

export interface WishOutcomeRow extends Record<string, unknown> {
  readonly extension: string;
  readonly tenant: string;
  readonly outcome:
    | 'installing'
    | 'installed'
    | 'enabled'
    | 'upgrading'
    | 'held'
    | 'upgraded'
    | 'rolled-back'
    | 'failed'
    | 'cancelled'
    | 'refused'
    | 'removing'
    | 'removed';
  readonly code: string | null;
  readonly facts: Readonly<Record<string, unknown>> | null;
  readonly changed_at: string;
}

export const wishOutcomeProjection: Projection<WishOutcomeRow> = {
  name: 'extension.wish_outcome',
  version: 2,
  table: {
    name: 'extension.wish_outcome',
    columns: { extension: 'text', tenant: 'text', outcome: 'text', code: 'text?', facts: 'json?', changed_at: 'timestamp' },
    key: ['extension', 'tenant'],
    tenantColumn: null,
  },
  handles: extensionEventTypes,
  keyOf: (event) => [idOf(event.stream), tenantOf(event.stream)],
  evolve(row, recorded) {
    const event = recorded as unknown as ExtensionEvent;
    const base = { extension: idOf(recorded.stream), tenant: tenantOf(recorded.stream), changed_at: recorded.meta.occurredAt };
    const came = (
      outcome: WishOutcomeRow['outcome'],
      code: string | null = null,
      facts: WishOutcomeRow['facts'] = null,
    ): WishOutcomeRow => ({
      ...base,
      outcome,
      code,
      facts,
    });
    if (event.type === 'ExtensionWishRefused') return came('refused', event.data.code, { ...event.data.facts, act: event.data.act });
    // An install that the tenant asked for itself is none of the wish's, whatever was there before.
    if (event.type === 'ExtensionInstallRequested') return event.data.origin === 'wish' ? came('installing') : null;
    if (row === null || row.outcome === 'refused') return event.type === 'ExtensionRemoved' && row !== null ? came('removed') : row;
    switch (event.type) {
      case 'ExtensionInstalled':
      case 'ExtensionDisabled':
        return came('installed');
      case 'ExtensionEnabled':
        return came('enabled');
      case 'ExtensionUpgradeRequested':
        return came('upgrading');
      case 'ExtensionUpgradeHeld':
        return came('held', null, {
          cause: event.data.cause,
          reason: event.data.items.map(({ id, reason }) => `${id}: ${reason}`).join('; '),
        });
      case 'ExtensionUpgradeResumed':
        return came('upgrading');
      case 'ExtensionUpgraded':
      case 'ExtensionUpgradeProven':
        return came('upgraded');
      case 'ExtensionRolledBack':
        return came('rolled-back', null, { reason: event.data.reason });
      case 'ExtensionUpgradeCancelled':
        return came('cancelled');
      case 'ExtensionUpgradeFailed':
      case 'ExtensionInstallFailed':
        return came('failed', event.data.code, { reason: event.data.reason });
      case 'ExtensionInstallCancelled':
        return came('cancelled');
      case 'ExtensionRemovalStarted':
        return came('removing');
      case 'ExtensionRemoved':
        return came('removed');
      default:
        return row;
    }
  },
};

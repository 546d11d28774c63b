import { describe, expect, it } from '@jest/globals';
import { streamId } from '@kari/kernel';
import type { ExtensionEvent } from '../lifecycle/extension.events.js';
import { recorded } from '../testing/recorded.js';
import {
  enabled,
  extension,
  failedAt,
  found,
  installed,
  NOW,
  removalStarted,
  removed,
  requested,
  TENANT,
  version,
} from '../testing/stories.js';
import type { WishEvent } from './wish.events.js';
import { wishOutcomeProjection, wishProjection, type WishOutcomeRow, type WishRow } from './wish.projection.js';

describe('a wish', () => {
  const wished: WishEvent = { type: 'ExtensionWishedForAll', data: { extension, package: found, consented: [], enable: true } };
  const onWish = (row: WishRow | null, event: WishEvent) =>
    wishProjection.evolve(row, recorded(event, streamId('extension.wish', '_', extension)));

  it('is listed while it stands and after it was withdrawn', () => {
    const standing = onWish(null, wished);
    expect(standing).toMatchObject({ status: 'standing', version, wished_by: 'someone', withdrawn_at: null });
    expect(onWish(standing, { type: 'ExtensionWishWithdrawn', data: { extension } })).toMatchObject({
      status: 'withdrawn',
      withdrawn_at: NOW,
    });
    expect(onWish(null, { type: 'ExtensionWishWithdrawn', data: { extension } })).toBeNull();
  });
});

describe('the outcome of a wish in a tenant', () => {
  const after = (...events: readonly ExtensionEvent[]): WishOutcomeRow | null =>
    events.reduce<WishOutcomeRow | null>(
      (row, event, revision) => wishOutcomeProjection.evolve(row, recorded(event, undefined, revision)),
      null,
    );
  const wished = requested({ origin: 'wish' });
  const refused = (act: 'install' | 'remove'): ExtensionEvent => ({
    type: 'ExtensionWishRefused',
    data: { extension, version, act, code: 'EXTENSION_HAS_DEPENDENTS', facts: { extension, dependents: ['acme.report'] } },
  });

  it('follows the install that it made', () => {
    expect(after(wished)).toMatchObject({ tenant: TENANT, outcome: 'installing' });
    expect(after(wished, installed)?.outcome).toBe('installed');
    expect(after(wished, installed, enabled)?.outcome).toBe('enabled');
    expect(after(wished, failedAt('trial'))).toMatchObject({
      outcome: 'failed',
      code: 'EXTENSION_UNHEALTHY',
      facts: { reason: 'it says so' },
    });
    expect(after(wished, installed, removalStarted)?.outcome).toBe('removing');
    expect(after(wished, installed, removalStarted, removed)?.outcome).toBe('removed');
  });
  it('says why it was refused, until that is over', () => {
    expect(after(refused('install'))).toMatchObject({ outcome: 'refused', code: 'EXTENSION_HAS_DEPENDENTS', facts: { act: 'install' } });
    expect(after(wished, installed, refused('remove'), enabled)?.outcome).toBe('refused');
    expect(after(wished, installed, refused('remove'), removalStarted, removed)?.outcome).toBe('removed');
  });
  it('is none where the tenant asked for it itself', () => {
    expect(after(requested(), installed, enabled)).toBeNull();
    expect(after(wished, installed, removed, requested())).toBeNull();
  });
});

import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@kari/kernel';
import type { ExtensionEvent } from '../lifecycle/extension.events.js';
import { recorded } from '../testing/recorded.js';
import {
  cancelledAt,
  closed,
  disabled,
  extension,
  failedAt,
  kv,
  NOW,
  removalStarted,
  removed,
  requested,
  started,
  TENANT,
  wholeInstall,
} from '../testing/stories.js';
import { heldFor, upgradeRequested, wholeUpgrade } from '../testing/upgrade-stories.js';
import { registryProjection, type RegistryRow } from './registry.projection.js';

const later = '2026-02-01T00:00:00.000Z';

function at(event: ExtensionEvent, revision: number, occurredAt = NOW, actor = 'someone'): RecordedEvent {
  const fact = recorded(event, undefined, revision);
  return { ...fact, meta: { ...fact.meta, occurredAt, actor } };
}
function after(...events: readonly RecordedEvent[]): RegistryRow | null {
  return events.reduce<RegistryRow | null>((row, event) => registryProjection.evolve(row, event), null);
}
const whole = wholeInstall.map((event, revision) => at(event, revision));

describe('the registry', () => {
  it('is one row per extension and tenant', () => expect(registryProjection.keyOf(whole[0] as RecordedEvent)).toEqual([TENANT, extension]));
  it('shows who has what, since when and by whom', () => {
    expect(after(...whole)).toMatchObject({
      status: 'enabled',
      version: '1.0.0',
      installed_at: NOW,
      enabled_at: NOW,
      changed_by: 'someone',
      revision: `${whole.length - 1}`,
      grants: [{ id: 'kv', state: 'granted', since: NOW, by: 'someone' }, { state: 'granted' }],
      failure: null,
    });
  });
  it('shows since when each grant is as it is', () => {
    const revoked = at({ type: 'ExtensionGrantRevoked', data: { extension, grant: 'kv' } }, 11, later, 'an operator');
    expect(after(...whole, revoked)?.grants).toMatchObject([
      { id: 'kv', state: 'revoked', since: later, by: 'an operator' },
      { state: 'granted', since: NOW, by: 'someone' },
    ]);
    const given = at({ type: 'ExtensionGrantGiven', data: { extension, grant: kv } }, 12, later, 'another');
    expect(after(...whole, given)?.grants[0]).toMatchObject({ state: 'granted', since: later, by: 'another' });
  });
  it('shows no time of enabling while it is disabled', () => {
    expect(after(...whole, at(disabled, 11, later))).toMatchObject({
      status: 'disabled',
      enabled_at: null,
      installed_at: NOW,
      changed_at: later,
    });
  });
  it('shows why it failed', () => {
    const history = [requested(), started('trial'), failedAt('trial'), closed('failed')].map((event, revision) => at(event, revision));
    expect(after(...history)).toMatchObject({ status: 'failed', failure: { code: 'EXTENSION_UNHEALTHY', reason: 'it says so' } });
  });
  it('forgets what is gone, and begins anew after it', () => {
    expect(after(...whole, at(removalStarted, 11), at(removed, 12))).toBeNull();
    expect(after(at(requested(), 0), at(cancelledAt(null), 1), at(closed('cancelled'), 2))).toBeNull();
    expect(after(...whole, at(removed, 12), at(requested(), 13, later))).toMatchObject({
      status: 'installing',
      installed_at: null,
      grants: [{ since: later }, {}],
    });
  });
  it('keeps a row that a refused wish did not make', () => {
    const refused: ExtensionEvent = {
      type: 'ExtensionWishRefused',
      data: { extension, version: '2.0.0', act: 'install', code: 'X', facts: {} },
    };
    expect(after(at(refused, 0))).toBeNull();
    expect(after(...whole, at(refused, 11))).toMatchObject({ status: 'enabled', version: '1.0.0' });
  });
  it('shows an upgrade beside the version that serves, what one can go back to, and until when the new one is on trial', () => {
    const facts = (events: readonly ExtensionEvent[]) => events.map((event, revision) => at(event, revision));
    expect(after(...facts([...wholeInstall, upgradeRequested(), heldFor([])]))).toMatchObject({
      version: '1.0.0',
      upgrade: { version: '2.0.0', phase: 'held' },
      former_version: null,
      trial_until: null,
    });
    expect(after(...facts([...wholeInstall, ...wholeUpgrade]))).toMatchObject({
      version: '2.0.0',
      upgrade: null,
      former_version: '1.0.0',
      former_with: [],
      trial_until: '2026-01-01T00:10:00.000Z',
    });
    const group = { group: 'group-1', members: ['acme.core', 'acme.notes'].map((id) => ({ extension: id, version: '2.0.0' })) };
    const together = wholeUpgrade.map((event) => (event.type === 'ExtensionUpgradeRequested' ? upgradeRequested({ group }) : event));
    expect(after(...facts([...wholeInstall, ...together]))).toMatchObject({ former_version: '1.0.0', former_with: ['acme.core'] });
  });
});

import { describe, expect, it } from '@jest/globals';
import type { SandboxStatus } from '@kari/sandbox/contract';
import type { ExtensionEvent } from '../lifecycle/extension.events.js';
import { evolveExtension, type ExtensionState } from '../lifecycle/extension-state.rules.js';
import {
  closed,
  disabled,
  extension,
  failedAt,
  removalStarted,
  requested,
  started,
  TENANT,
  version,
  wholeInstall,
} from '../testing/stories.js';
import { failedUpgrade, heldFor, stepsUpTo, upgradeRequested, wholeUpgrade } from '../testing/upgrade-stories.js';
import { healthOf, type HealthFacts } from './health.rules.js';

const after = (...events: readonly ExtensionEvent[]): ExtensionState => events.reduce(evolveExtension, { status: 'absent' });
const enabled = after(...wholeInstall);

function sandbox(state: SandboxStatus['state'], reason = 'so it is'): SandboxStatus {
  const measures = { level: null, pid: null, restarts: 0, memoryBytes: null, cpuMilliseconds: null, since: '2026-01-01T00:00:00.000Z' };
  return { tenant: TENANT, extension, version, state, reason, ...measures };
}
const health = (facts: Partial<HealthFacts> = {}) =>
  healthOf({ state: enabled, safeBoot: false, sandbox: null, obstacles: [], report: null, ...facts });

describe('the health of an extension', () => {
  it('is off when it is not meant to run', () => {
    expect(health({ state: { status: 'absent' } }).status).toBe('off');
    expect(health({ state: after(...wholeInstall, disabled) }).status).toBe('off');
    expect(health({ safeBoot: true })).toEqual({ status: 'off', reasons: ['the platform runs in safe boot: no extension is started'] });
  });
  it('is unknown while it comes or goes, and while nobody has used it', () => {
    for (const state of [
      after(requested()),
      after(requested(), started('trial'), failedAt('trial')),
      after(...wholeInstall, removalStarted),
    ]) {
      expect(health({ state }).status).toBe('unknown');
    }
    expect(health().status).toBe('unknown');
    expect(health({ sandbox: sandbox('idle') }).status).toBe('unknown');
  });
  it('is healthy when its sandbox is ready, or when it says so', () => {
    expect(health({ sandbox: sandbox('ready') }).status).toBe('healthy');
    expect(health({ report: { healthy: true, reasons: [] } }).status).toBe('healthy');
  });
  it('is unhealthy when it failed, says so, or may not run, each with its reason', () => {
    expect(health({ state: after(requested(), started('verify'), failedAt('verify'), closed('failed')) })).toEqual({
      status: 'unhealthy',
      reasons: ['its install failed: it says so'],
    });
    expect(health({ report: { healthy: false, reasons: ['no disk'] } })).toEqual({ status: 'unhealthy', reasons: ['no disk'] });
    expect(health({ sandbox: sandbox('quarantined', '5 crashes') })).toEqual({
      status: 'unhealthy',
      reasons: ['it is in quarantine: 5 crashes'],
    });
    expect(health({ sandbox: sandbox('blocked', 'sandbox-level') }).reasons).toEqual(['it is not allowed to start: sandbox-level']);
  });
  it('is degraded when not all of it can work', () => {
    const revoked = after(...wholeInstall, { type: 'ExtensionGrantRevoked', data: { extension, grant: 'kv' } });
    expect(health({ state: revoked, sandbox: sandbox('ready') })).toEqual({
      status: 'degraded',
      reasons: ['its permission kv is revoked (keeps your notes)'],
    });
    const obstacle = { kind: 'disabled', id: 'acme.core', needed: '*', found: '1.0.0', cure: 'Enable acme.core.' } as const;
    expect(health({ obstacles: [obstacle] })).toEqual({ status: 'degraded', reasons: ['Enable acme.core.'] });
    expect(health({ sandbox: sandbox('backing-off', 'exit 1') }).status).toBe('degraded');
  });
  it('names everything that is wrong at once', () => {
    const obstacle = { kind: 'disabled', id: 'acme.core', needed: '*', found: '1.0.0', cure: 'Enable acme.core.' } as const;
    expect(health({ obstacles: [obstacle], report: { healthy: false, reasons: ['no disk'] } }).reasons).toEqual([
      'no disk',
      'Enable acme.core.',
    ]);
  });
  it('tells of an upgrade that is under way or waits, and of a version on trial, whatever the verdict', () => {
    const ready = sandbox('ready');
    const held = after(...wholeInstall, upgradeRequested(), heldFor([{ id: 'tcp:db:5432', reason: 'stores notes' }]));
    expect(health({ state: held, sandbox: ready })).toEqual({
      status: 'healthy',
      reasons: ['its sandbox is ready', 'its upgrade to 2.0.0 waits for consent to tcp:db:5432'],
    });
    expect(health({ state: after(...wholeInstall, upgradeRequested()), sandbox: ready }).reasons).toContain(
      'it is being upgraded to 2.0.0',
    );
    const failed = after(...wholeInstall, upgradeRequested(), ...stepsUpTo('trial'), failedUpgrade('trial'));
    expect(health({ state: failed }).reasons).toContain('its upgrade to 2.0.0 is being taken back');
    expect(health({ state: after(...wholeInstall, ...wholeUpgrade) }).reasons).toContain(
      'version 2.0.0 is on trial until 2026-01-01T00:10:00.000Z',
    );
  });
});

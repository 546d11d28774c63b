import { describe, expect, it } from '@jest/globals';
import type { ExtensionEvent } from '../lifecycle/extension.events.js';
import { recorded } from '../testing/recorded.js';
import {
  cancelledAt,
  closed,
  completed,
  deadline,
  failedAt,
  NOW,
  requested,
  started,
  undone,
  undoStarted,
  wholeInstall,
} from '../testing/stories.js';
import {
  agreed,
  failedUpgrade,
  heldFor,
  NEWER,
  rolledBackTo,
  stepsUpTo,
  stepUndone,
  undoneUpgrade,
  undoStartedUpgrade,
  upgradeRequested,
  wholeUpgrade,
} from '../testing/upgrade-stories.js';
import { installSteps } from '../installation/installation.rules.js';
import { upgradeSteps } from '../upgrade/upgrade.rules.js';
import { fractionOf, installProgressProjection, type InstallProgressRow } from './install-progress.projection.js';

function after(...events: readonly ExtensionEvent[]): InstallProgressRow {
  const handled = events.filter(({ type }) => installProgressProjection.handles.includes(type));
  const row = handled.reduce<InstallProgressRow | null>(
    (folded, event, revision) => installProgressProjection.evolve(folded, recorded(event, undefined, revision)),
    null,
  );
  if (row === null) throw new Error('there is no row');
  return row;
}
const states = (row: InstallProgressRow) => row.steps.map(({ step, state }) => `${step} ${state}`);

describe('the progress of an install', () => {
  it('names every step from the first moment', () => {
    expect(states(after(requested()))).toEqual(installSteps.map((step) => `${step} pending`));
    expect(states(after(requested({ enable: false })))).toHaveLength(4);
  });
  it('shows what runs, until when, and what came of it', () => {
    const running = after(requested(), started('verify'), completed('verify'), started('dependencies'));
    expect(running.steps.slice(0, 2)).toMatchObject([
      { state: 'done', detail: 'done', startedAt: NOW, endedAt: NOW, deadlineAt: null },
      { state: 'running', detail: 'doing it', endedAt: null, deadlineAt: deadline(1_000) },
    ]);
    expect([running.outcome, fractionOf(running)]).toEqual(['running', 1 / installSteps.length]);
  });
  it('ends with installed', () => {
    const row = after(...wholeInstall);
    expect([row.outcome, fractionOf(row), row.ended_at]).toEqual(['installed', 1, NOW]);
  });
  it('says of a step that is younger than the install that it was left out', () => {
    const older = wholeInstall.filter(({ data }) => !('step' in data) || data.step !== 'data');
    expect(states(after(...older))).toContain('data skipped');
  });
  it('shows where it failed and how it is taken back', () => {
    const failed = [...wholeInstall.slice(0, 2 * installSteps.length), failedAt('activate')];
    expect(after(...failed)).toMatchObject({ outcome: 'undoing', code: 'EXTENSION_UNHEALTHY', reason: 'it says so' });
    const halfway = after(...failed, undoStarted('activate'), undone('activate'), undoStarted('trial'));
    expect(states(halfway)).toEqual(['verify done', 'dependencies done', 'data done', 'trial undoing', 'activate undone']);
    expect(fractionOf(halfway)).toBe(2 / installSteps.length);
    expect(after(...failed, undone('activate'), undone('trial'), closed('failed'))).toMatchObject({ outcome: 'failed', ended_at: NOW });
  });
  it('shows what was never begun as skipped', () => {
    expect(states(after(requested(), started('verify'), cancelledAt('verify')))).toEqual([
      'verify cancelled',
      'dependencies skipped',
      'data skipped',
      'trial skipped',
      'activate skipped',
    ]);
  });
  it('begins anew with the next try', () => {
    expect(after(requested(), started('verify'), failedAt('verify'), closed('failed'), requested({ install: 'again' }))).toMatchObject({
      install: 'again',
      outcome: 'running',
      code: null,
    });
  });
});

describe('the progress of an upgrade', () => {
  it('names every step, from which version it starts, and the switch as its end', () => {
    const begun = after(...wholeInstall, upgradeRequested());
    expect(begun).toMatchObject({ version: NEWER, from_version: '1.0.0', outcome: 'running', waits_for: [] });
    expect(states(begun)).toEqual(upgradeSteps.map((step) => `${step} pending`));
    const done = after(...wholeInstall, ...wholeUpgrade);
    expect(done).toMatchObject({ outcome: 'upgraded', ended_at: NOW });
    expect([fractionOf(begun), fractionOf(done)]).toEqual([0, 1]);
  });

  it('shows what it waits for, and goes on where it was', () => {
    const items = [{ id: 'acme.report', reason: 'calls note.read' }];
    const held = [...wholeInstall, upgradeRequested(), ...stepsUpTo('contracts'), heldFor(items, 'contract')];
    expect(after(...held)).toMatchObject({ outcome: 'held', waits_for: items });
    expect(states(after(...held)).slice(1, 3)).toEqual(['dependencies done', 'contracts pending']);
    expect(after(...held, agreed())).toMatchObject({ outcome: 'running', waits_for: [] });
  });

  it('shows how it is taken back, and that it was gone back from', () => {
    const failed = [...wholeInstall, upgradeRequested(), ...stepsUpTo('trial'), failedUpgrade('trial'), undoStartedUpgrade('trial')];
    expect(states(after(...failed)).slice(3)).toEqual(['snapshot done', 'data done', 'trial undoing', 'switch skipped']);
    const over = after(...failed, stepUndone('trial'), undoneUpgrade('failed'));
    expect(over).toMatchObject({ outcome: 'failed', code: 'EXTENSION_UNHEALTHY', ended_at: NOW });
    expect(fractionOf(over)).toBe(0);
    expect(after(...wholeInstall, ...wholeUpgrade, rolledBackTo({ reason: 'no disk' }))).toMatchObject({
      outcome: 'rolled-back',
      reason: 'no disk',
    });
  });
});

import { describe, expect, it } from '@jest/globals';
import {
  cancelledAt,
  closed,
  completed,
  extension,
  failedAt,
  INSTALL,
  installed,
  OTHER_TENANT,
  requested,
  started,
  TENANT,
  undone,
  wholeInstall,
} from '../testing/stories.js';
import { recorded } from '../testing/recorded.js';
import type { ExtensionEvent } from '../lifecycle/extension.events.js';
import { streamId } from '@kari/kernel';
import { installationProcessManager as manager } from './installation.process-manager.js';
import { installSteps, stepPlans } from './installation.rules.js';

/** What follows from the last of these facts. */
function after(...history: readonly ExtensionEvent[]): unknown[] {
  const events = history
    .map((event, revision) => recorded(event, undefined, revision))
    .filter((event) => manager.handles.includes(event.type));
  const state = events.reduce((folded, event) => manager.evolve(folded, event), manager.initialState);
  const last = events.at(-1);
  return last === undefined ? [] : manager.react(state, last).map(({ command, tenant }) => (expect(tenant).toBe(TENANT), command));
}

const step = (type: string, name: string) => ({ type, data: { extension, install: INSTALL, step: name } });
const close = { type: 'CloseInstall', data: { extension, install: INSTALL } };
const finish = { type: 'FinishInstall', data: { extension, install: INSTALL } };

describe('the install of an extension', () => {
  it('begins with its first step', () => expect(after(requested())).toEqual([step('StartInstallStep', 'verify')]));
  it('goes from each finished step to the next', () => {
    expect(after(requested(), started('verify'), completed('verify'))).toEqual([step('StartInstallStep', 'dependencies')]);
    expect(after(requested(), started('dependencies'), completed('dependencies'))).toEqual([step('StartInstallStep', 'data')]);
    expect(after(requested(), started('data'), completed('data'))).toEqual([step('StartInstallStep', 'trial')]);
    expect(after(requested(), started('trial'), completed('trial'))).toEqual([step('StartInstallStep', 'activate')]);
  });
  it('finishes after the last, which is the trial when it is not to be enabled', () => {
    expect(after(requested(), started('activate'), completed('activate'))).toEqual([finish]);
    expect(after(requested({ enable: false }), started('trial'), completed('trial'))).toEqual([finish]);
  });
  it('rests while a step runs and when it is over', () => {
    expect(after(requested(), started('verify'))).toEqual([]);
    expect(after(...wholeInstall)).toEqual([]);
    expect(after(requested(), started('verify'), failedAt('verify'), closed('failed'))).toEqual([]);
  });
});

describe('an install that does not go on', () => {
  for (const [index, failing] of installSteps.entries()) {
    const before = installSteps.slice(0, index).flatMap((name) => [started(name), completed(name)]);
    const backwards = [...installSteps.slice(0, index + 1)].reverse().filter((name) => stepPlans[name].undoable);

    for (const [how, ending] of [
      [`failed at ${failing}`, [started(failing), failedAt(failing)]],
      [`cancelled within ${failing}`, [started(failing), cancelledAt(failing)]],
      [`cancelled after ${failing}`, [started(failing), completed(failing), cancelledAt(null)]],
    ] as const) {
      it(`${how} takes back ${backwards.join(', then ') || 'nothing'} and closes`, () => {
        const history: ExtensionEvent[] = [requested(), ...before, ...ending];
        for (const name of backwards) {
          expect(after(...history)).toEqual([step('StartInstallUndo', name)]);
          history.push(undone(name));
        }
        expect(after(...history)).toEqual([close]);
      });
    }
  }
  it('cancelled before its first step closes at once', () => expect(after(requested(), cancelledAt(null))).toEqual([close]));
  it('starts afresh when it is tried again', () => {
    const again = requested({ install: 'another-try' });
    expect(after(requested(), started('trial'), failedAt('trial'), undone('trial'), closed('failed'), again)).toEqual([
      { type: 'StartInstallStep', data: { extension, install: 'another-try', step: 'verify' } },
    ]);
  });
  it('is not led by a word about another try', () => expect(after(requested({ install: 'another-try' }), completed('verify'))).toEqual([]));
});

it('is one process per tenant and extension', () => {
  const other = recorded(installed, streamId('extension.installation', OTHER_TENANT, extension));
  expect([manager.processOf(recorded(installed)), manager.processOf(other)]).toEqual([
    `${TENANT}~${extension}`,
    `${OTHER_TENANT}~${extension}`,
  ]);
});

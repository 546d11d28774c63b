import { describe, expect, it } from '@jest/globals';
import { fold } from '@kari/kernel';
import { specify } from '@kari/kernel/testing';
import { extensionDecider } from '../lifecycle/extension.decider.js';
import type { ExtensionCommand } from '../lifecycle/extension.commands.js';
import type { ExtensionEvent } from '../lifecycle/extension.events.js';
import type { ExtensionState } from '../lifecycle/extension-state.rules.js';
import {
  bundleHash,
  disabled,
  extension,
  found,
  INSTALL,
  kv,
  NOW,
  removalStarted,
  version,
  web,
  wholeInstall,
} from '../testing/stories.js';
import {
  agreed,
  cancelledUpgrade,
  command,
  failedUpgrade,
  heldFor,
  NEWER,
  newer,
  rolledBackTo,
  snapshotTaken,
  stepDone,
  stepsUpTo,
  stepStarted,
  stepUndone,
  switched,
  tcp,
  undoneUpgrade,
  undoStartedUpgrade,
  upgradeRequested,
  upgrading,
  wholeUpgrade,
} from '../testing/upgrade-stories.js';
import { upgradeSteps } from './upgrade.rules.js';

const { given } = specify(extensionDecider);
const installed = [...wholeInstall];
const upgraded = [...installed, ...wholeUpgrade];
const stateAfter = (...events: readonly ExtensionEvent[]): ExtensionState => fold(extensionDecider, extensionDecider.initialState, events);
const revoked = (grant: string): ExtensionEvent => ({ type: 'ExtensionGrantRevoked', data: { extension, grant } });

describe('asking for an upgrade', () => {
  it('is written down with everything that the newer version asks for', () =>
    given(installed).when(upgrading()).then([upgradeRequested()]));

  it('works for a disabled extension too', () =>
    given([...installed, disabled])
      .when(upgrading())
      .then([upgradeRequested()]));

  it('is refused for what is not installed, unknown, older or under safe boot', () => {
    given([]).when(upgrading()).thenRejected('EXTENSION_NOT_INSTALLED');
    given([...installed, removalStarted])
      .when(upgrading())
      .thenRejected('EXTENSION_BUSY');
    given(installed)
      .when(upgrading({}, { found: null }))
      .thenRejected('EXTENSION_PACKAGE_UNKNOWN');
    given(installed)
      .when(upgrading({}, { safeBoot: true }))
      .thenRejected('EXTENSION_SAFE_BOOT');
  });

  it('P-05 never reaches an older version: that is what rolling back is for', () => {
    const older = { found: { ...newer, version: '0.9.0' } };
    given(installed).when(upgrading({}, older)).thenRejected('EXTENSION_VERSION_OLDER');
    given(upgraded)
      .when(upgrading({}, { found, from: NEWER }))
      .thenRejected('EXTENSION_VERSION_OLDER');
  });

  it('of the same version changes nothing, twice neither, and of a third one waits', () => {
    given(installed).when(upgrading({}, { found })).thenNothing();
    given([...installed, upgradeRequested()])
      .when(upgrading())
      .thenNothing();
    given([...installed, upgradeRequested()])
      .when(upgrading({}, { found: { ...newer, version: '3.0.0' } }))
      .thenRejected('EXTENSION_UPGRADE_RUNNING');
  });

  it('waits until a former one is taken back', () =>
    given([...installed, upgradeRequested(), cancelledUpgrade(null)])
      .when(upgrading())
      .thenRejected('EXTENSION_BUSY'));

  it('is not decided on what was looked up for another version', () =>
    given(installed)
      .when(upgrading({}, { from: '0.1.0' }))
      .thenRejected('EXTENSION_BUSY'));
});

describe('P-11 an upgrade that wants more', () => {
  const more = { ...newer, grants: [kv, web, tcp] };

  it('is held with the exact list, each with the reason of its author', () =>
    given(installed)
      .when(upgrading({}, { found: more }))
      .then([upgradeRequested({ grants: more.grants }), heldFor([{ id: tcp.id, reason: tcp.reason }])]));

  it('is held for a wider scope of the same permission, and for a larger resource class', () => {
    given(installed)
      .when(upgrading({}, { widened: [kv.id] }))
      .then([upgradeRequested(), heldFor([{ id: kv.id, reason: kv.reason }])]);
    const large = { ...newer, resourceClass: 'M' as const, resourceReason: 'reads large files' };
    given(installed)
      .when(upgrading({}, { found: large }))
      .then([upgradeRequested({ resourceClass: 'M' }), heldFor([{ id: 'resources:M', reason: 'reads large files' }])]);
  });

  it('is sent to a plan where other extensions must change for it', () => {
    const obstacles = [{ kind: 'version' as const, id: 'acme.core', needed: '^2.0.0', found: '1.0.0', cure: 'Install acme.core ^2.0.0.' }];
    given(installed).when(upgrading({}, { obstacles })).thenRejected('EXTENSION_UPGRADE_NEEDS_PLAN');
  });

  it('goes on at once where everything was consented to, and refuses consent to what is not asked for', () => {
    given(installed)
      .when(upgrading({ consented: [tcp.id] }, { found: more }))
      .then([upgradeRequested({ grants: more.grants })]);
    given(installed)
      .when(upgrading({ consented: ['kv', 'tcp:other:1'] }))
      .thenRejected('EXTENSION_CONSENT_UNKNOWN');
  });

  const waiting = [...installed, upgradeRequested({ grants: more.grants }), heldFor([{ id: tcp.id, reason: tcp.reason }])];

  it('leaves version and grants as they were while it waits, and no step starts', () => {
    expect(stateAfter(...waiting)).toMatchObject({ status: 'enabled', version, grants: [{ id: 'kv' }, { id: web.id }] });
    given(waiting)
      .when(command('StartUpgradeStep', { step: 'verify' }))
      .thenNothing();
  });

  it('goes on when exactly that is consented to', () => {
    const consent = (...consented: string[]) => ({ type: 'ConsentToUpgrade', data: { extension, consented } }) as const;
    given(waiting).when(consent()).thenRejected('EXTENSION_CONSENT_REQUIRED');
    given(waiting).when(consent(tcp.id, 'kv')).thenRejected('EXTENSION_CONSENT_UNKNOWN');
    given(waiting)
      .when(consent(tcp.id))
      .then([agreed(tcp.id)]);
    given([...waiting, agreed(tcp.id)])
      .when(consent(tcp.id))
      .thenNothing();
    given(installed).when(consent(tcp.id)).thenRejected('EXTENSION_UPGRADE_NOT_HELD');
  });

  it('goes on as well when it is asked for again with the consent that was missing', () =>
    given(waiting)
      .when(upgrading({ consented: [tcp.id] }, { found: more }))
      .then([agreed(tcp.id)]));

  it('ends when it is declined, as if nothing had been', () => {
    given(waiting)
      .when({ type: 'CancelUpgrade', data: { extension } })
      .then([cancelledUpgrade(null, 'declined')]);
    expect(stateAfter(...waiting, cancelledUpgrade(null, 'declined'), undoneUpgrade('cancelled'))).toEqual(stateAfter(...installed));
  });

  it('does not bring back what was revoked, whenever that was', () => {
    const [before, during] = [
      [...installed, revoked('kv'), ...wholeUpgrade.slice(0, -2)],
      [...installed, ...wholeUpgrade.slice(0, -2), revoked('kv')],
    ];
    for (const history of [before, during]) {
      given(history)
        .when(command('SwitchUpgrade', { detail: 'done', trialSeconds: 600 }))
        .then([
          stepDone('switch'),
          switched({
            grants: [
              { ...kv, state: 'revoked' },
              { ...web, state: 'granted' },
            ],
          }),
        ]);
    }
  });

  it('takes away at the switch what the newer version no longer asks for', () => {
    const fewer = [...installed, upgradeRequested({ grants: [kv] }), ...stepsUpTo('switch')];
    given(fewer)
      .when(command('SwitchUpgrade', { detail: 'done', trialSeconds: 600 }))
      .then([stepDone('switch'), switched({ grants: [{ ...kv, state: 'granted' }] })]);
  });
});

describe('the steps of an upgrade', () => {
  it('start in order, once, one at a time, each with a deadline', () => {
    given([...installed, upgradeRequested()])
      .when(command('StartUpgradeStep', { step: 'verify' }))
      .then([stepStarted('verify')]);
    given([...installed, upgradeRequested()])
      .when(command('StartUpgradeStep', { step: 'switch' }))
      .thenNothing();
    given([...installed, upgradeRequested(), stepStarted('verify')])
      .when(command('StartUpgradeStep', { step: 'verify' }))
      .thenNothing();
  });

  it('never switch before the trial is over', () => {
    for (const step of upgradeSteps.slice(0, -1)) {
      given([...installed, upgradeRequested(), ...stepsUpTo(step)])
        .when(command('SwitchUpgrade', { detail: 'done', trialSeconds: 600 }))
        .thenNothing();
      given([...installed, upgradeRequested(), ...stepsUpTo(step)])
        .when(command('CompleteUpgradeStep', { step: 'switch', detail: 'done' }))
        .thenNothing();
    }
  });

  it('keep what is needed to go back, in the append that ends that step', () =>
    given([...installed, upgradeRequested(), ...stepsUpTo('snapshot')])
      .when(command('CompleteUpgradeStep', { step: 'snapshot', detail: 'done' }))
      .then([snapshotTaken, stepDone('snapshot')]));

  it('change nothing of what is enforced before the switch', () => {
    const granted = [kv, web].map((grant) => ({ ...grant, state: 'granted' }));
    for (let count = 0; count < wholeUpgrade.length; count += 1) {
      const state = stateAfter(...installed, ...wholeUpgrade.slice(0, count));
      expect(state).toMatchObject({ status: 'enabled', version, bundleHash, grants: granted, resourceClass: 'S' });
    }
    expect(stateAfter(...upgraded)).toMatchObject({ status: 'enabled', version: NEWER, upgrade: null, formers: [{ version }] });
  });

  it('of another try change nothing', () => {
    const other = { upgrade: 'another-try' };
    given([...installed, upgradeRequested(), stepStarted('verify')])
      .when(command('CompleteUpgradeStep', { step: 'verify', detail: 'done', ...other }))
      .thenNothing();
  });

  it('are held where the contract of a plugin would break, and begin that step anew', () => {
    const items = [{ id: 'acme.report', reason: 'calls note.read' }];
    const running = [...installed, upgradeRequested(), ...stepsUpTo('contracts')];
    given(running)
      .when(command('HoldUpgrade', { items }))
      .then([heldFor(items, 'contract')]);
    const waiting = [...running, heldFor(items, 'contract')];
    given(waiting)
      .when({ type: 'ConsentToUpgrade', data: { extension, consented: ['acme.report'] } })
      .thenRejected('EXTENSION_UPGRADE_NOT_HELD');
    given(waiting).when(command('ResumeUpgrade', {})).then([agreed()]);
    given([...waiting, agreed()])
      .when(command('StartUpgradeStep', { step: 'contracts' }))
      .then([stepStarted('contracts')]);
  });
});

describe('taking an upgrade back', () => {
  it('is possible by a cancel before, within and after each step until the switch', () => {
    for (const step of upgradeSteps) {
      const running = [...installed, upgradeRequested(), ...stepsUpTo(step)];
      given(running)
        .when({ type: 'CancelUpgrade', data: { extension } })
        .then([cancelledUpgrade(step)]);
      given(running.slice(0, -1))
        .when({ type: 'CancelUpgrade', data: { extension } })
        .then([cancelledUpgrade(null)]);
    }
    given(upgraded).when({ type: 'CancelUpgrade', data: { extension } }).thenRejected('EXTENSION_UPGRADE_NOT_RUNNING');
  });

  it('ends the process of the candidate first, then nothing is left of it', () => {
    const failed = [...installed, upgradeRequested(), ...stepsUpTo('trial'), failedUpgrade('trial')];
    given(failed).when(command('CloseUpgrade', {})).thenNothing();
    given(failed)
      .when(command('StartUpgradeUndo', { step: 'trial' }))
      .then([undoStartedUpgrade('trial')]);
    const undone = [...failed, undoStartedUpgrade('trial'), stepUndone('trial'), undoStartedUpgrade('data'), stepUndone('data')];
    given(undone)
      .when(command('CloseUpgrade', {}))
      .then([undoneUpgrade('failed')]);
    expect(stateAfter(...undone, undoneUpgrade('failed'))).toEqual(stateAfter(...installed));
  });

  it('comes with disabling, and with removing, which takes everything', () => {
    const running = [...installed, upgradeRequested(), ...stepsUpTo('trial')];
    given(running)
      .when({ type: 'DisableExtension', data: { extension, facts: { dependents: [] } } })
      .then([cancelledUpgrade('trial', 'disabled'), { type: 'ExtensionDisabled', data: { extension, version, occasion: INSTALL } }]);
    given(running)
      .when({ type: 'RemoveExtension', data: { extension, facts: { dependents: [] } } })
      .then([cancelledUpgrade('trial', 'removed'), undoneUpgrade('cancelled'), removalStarted]);
  });

  it('does not come with enabling: that goes on with the old version', () => {
    given([...installed, disabled, upgradeRequested(), ...stepsUpTo('trial')])
      .when({ type: 'EnableExtension', data: { extension, facts: { safeBoot: false, obstacles: [] } } })
      .then([{ type: 'ExtensionEnabled', data: { extension, version, activated: false, occasion: INSTALL } }]);
  });
});

describe('rolling back', () => {
  const back = (to: string | null = version): ExtensionCommand => ({
    type: 'RollBackExtension',
    data: { extension, facts: { to, obstacles: [] } },
  });

  it('P-05 an operator goes back to the version before, with the grants it had', () => {
    given(upgraded).when(back()).then([rolledBackTo()]);
    expect(stateAfter(...upgraded, rolledBackTo())).toMatchObject({
      status: 'enabled',
      version,
      formers: [],
      trial: null,
      discarded: [NEWER],
      grants: [{ id: 'kv' }, { id: web.id }],
    });
  });

  it('gives back what the newer version had no use for, but nothing that was revoked since', () => {
    const shrunk = [...installed, upgradeRequested({ grants: [kv] }), ...stepsUpTo('switch'), stepDone('switch')];
    const fewer = switched({ grants: [{ ...kv, state: 'granted' }] });
    given([...shrunk, fewer])
      .when(back())
      .then([rolledBackTo()]);
    const revokedSince = rolledBackTo({
      grants: [
        { ...kv, state: 'revoked' },
        { ...web, state: 'granted' },
      ],
    });
    given([...shrunk, fewer, revoked('kv')])
      .when(back())
      .then([revokedSince]);
    const revokedBefore = rolledBackTo({
      grants: [
        { ...kv, state: 'granted' },
        { ...web, state: 'revoked' },
      ],
    });
    given([...shrunk, revoked(web.id), fewer])
      .when(back())
      .then([revokedBefore]);
  });

  it('is refused where there was none before, where something stands in the way, and on outdated facts', () => {
    given(installed).when(back(null)).thenRejected('EXTENSION_NO_FORMER_VERSION');
    given(upgraded).when(back('0.1.0')).thenRejected('EXTENSION_BUSY');
    const obstacle = { kind: 'dependent', id: 'acme.report', needed: '^2.0.0', found: version, cure: 'Upgrade acme.report.' } as const;
    given(upgraded)
      .when({ type: 'RollBackExtension', data: { extension, facts: { to: version, obstacles: [obstacle] } } })
      .thenRejected('EXTENSION_UPGRADE_OBSTRUCTED');
  });

  it('happens by itself while the new version is on trial, and never after', () => {
    const failing = command('RollBackUpgrade', { cause: 'quarantine', reason: '5 crashes' });
    given(upgraded)
      .when(failing)
      .then([rolledBackTo({ cause: 'quarantine', reason: '5 crashes' })]);
    const proven: ExtensionEvent = { type: 'ExtensionUpgradeProven', data: { extension, upgrade: INSTALL, version: NEWER } };
    given([...upgraded, proven])
      .when(failing)
      .thenNothing();
    given([...upgraded, proven])
      .when(back())
      .then([rolledBackTo()]);
    given([...upgraded, rolledBackTo()])
      .when(failing)
      .thenNothing();
  });

  it('ends an upgrade to a third version that was on its way', () => {
    const third = upgradeRequested({ version: '3.0.0', from: NEWER });
    given([...upgraded, third, ...stepsUpTo('trial')])
      .when(back())
      .then([cancelledUpgrade('trial', 'rolled-back'), rolledBackTo()]);
  });

  it('is remembered: a wish does not bring that version again, an operator may', () => {
    const discarded = [...installed, ...wholeUpgrade, rolledBackTo()];
    given(discarded).when(upgrading()).then([upgradeRequested()]);
    expect(stateAfter(...discarded, upgradeRequested())).toMatchObject({ discarded: [] });
  });

  it('ends its trial when the time is over, not before', () => {
    const end = command('EndUpgradeTrial', {});
    given(upgraded).when(end).thenNothing();
    const over = [...installed, ...wholeUpgrade.slice(0, -1), switched({ trialUntil: NOW })];
    given(over)
      .when(end)
      .then([{ type: 'ExtensionUpgradeProven', data: { extension, upgrade: INSTALL, version: NEWER } }]);
  });
});

describe('an upgrade that takes over with others', () => {
  const group = { group: 'group-1', members: [extension, 'acme.core'].map((id) => ({ extension: id, version: NEWER })) };
  const asked = upgradeRequested({ group });
  const switching = [...installed, asked, ...stepsUpTo('switch')];
  const ready: ExtensionEvent = { type: 'ExtensionUpgradeReady', data: { extension, upgrade: INSTALL, group: group.group } };
  const waiting = [...switching, stepDone('switch'), ready];
  const came = [...waiting, switched()];
  const until = (switched().data as { trialUntil: string | null }).trialUntil;
  const dependents = { facts: { dependents: [] } };

  it('is asked for with them, and not where it is under way alone', () => {
    given(installed).when(upgrading({ group })).then([asked]);
    given([...installed, asked])
      .when(upgrading({ group }))
      .thenNothing();
    given([...installed, upgradeRequested()])
      .when(upgrading({ group }))
      .thenRejected('EXTENSION_UPGRADE_RUNNING');
    given([...installed, asked])
      .when(upgrading({ group: { ...group, group: 'another' } }))
      .thenRejected('EXTENSION_UPGRADE_RUNNING');
  });

  it('gives its word instead of switching', () => {
    given(switching)
      .when(command('SwitchUpgrade', { detail: 'done', trialSeconds: 600 }))
      .then([stepDone('switch'), ready]);
    expect(stateAfter(...waiting)).toMatchObject({ version, upgrade: { phase: 'running', ready: true } });
  });

  it('switches when its group has, and not before it gave its word', () => {
    given(waiting)
      .when(command('TakeOverWithGroup', { trialUntil: until }))
      .then([switched()]);
    given(switching)
      .when(command('TakeOverWithGroup', { trialUntil: until }))
      .thenNothing();
    given([...installed, upgradeRequested(), ...stepsUpTo('switch')])
      .when(command('TakeOverWithGroup', { trialUntil: until }))
      .thenNothing();
    expect(stateAfter(...came)).toMatchObject({ version: NEWER, upgrade: null, formers: [{ version, group }] });
  });

  it('does not leave by itself once it gave its word, whatever is asked of it', () => {
    const wishes: readonly ExtensionCommand[] = [
      { type: 'CancelUpgrade', data: { extension } },
      { type: 'DisableExtension', data: { extension, ...dependents } },
      { type: 'RemoveExtension', data: { extension, ...dependents } },
    ];
    for (const wish of wishes) given(waiting).when(wish).thenRejected('EXTENSION_UPGRADE_TOGETHER');
    given(switching)
      .when(wishes[0]!)
      .then([cancelledUpgrade('switch')]);
    given(waiting)
      .when({ type: 'RevokeGrant', data: { extension, grant: 'kv' } })
      .then([revoked('kv')]);
  });

  it('leaves when its group is abandoned, and knows no other way to', () => {
    const leave = command('LeaveGroup', {});
    given(waiting)
      .when(leave)
      .then([cancelledUpgrade(null, 'together')]);
    given([...installed, asked, ...stepsUpTo('trial')])
      .when(leave)
      .then([cancelledUpgrade('trial', 'together')]);
    given([...installed, upgradeRequested(), ...stepsUpTo('trial')])
      .when(leave)
      .thenNothing();
    given([...waiting, cancelledUpgrade(null, 'together')])
      .when(leave)
      .thenNothing();
    expect(stateAfter(...waiting, cancelledUpgrade(null, 'together'))).toMatchObject({
      upgrade: { phase: 'undoing', group, remaining: ['trial', 'data'] },
    });
  });

  it('goes back with its group alone', () => {
    const back: ExtensionCommand = {
      type: 'GoBackWithGroup',
      data: { extension, group: group.group, cause: 'health', reason: 'it lost its words' },
    };
    const gone = rolledBackTo({ group: group.group, cause: 'health', reason: 'it lost its words' });
    given(came).when(back).then([gone]);
    given([...came, gone])
      .when(back)
      .thenNothing();
    given(upgraded).when(back).thenNothing();
    given(waiting).when(back).thenNothing();
    given([...came, removalStarted])
      .when(back)
      .thenNothing();
    given(came)
      .when({ type: 'RollBackExtension', data: { extension, facts: { to: version, obstacles: [] } } })
      .thenRejected('EXTENSION_BUSY');
    given(came)
      .when(command('RollBackUpgrade', { cause: 'health', reason: 'it lost its words' }))
      .thenNothing();
  });

  it('takes along what came on top of it, and what was on its way', () => {
    const third = [...came, upgradeRequested({ from: NEWER, version: '3.0.0' })];
    const back: ExtensionCommand = { type: 'GoBackWithGroup', data: { extension, group: group.group, cause: 'health', reason: 'ill' } };
    const why = { group: group.group, cause: 'health' as const, reason: 'ill' };
    given([...third, ...stepsUpTo('trial')])
      .when(back)
      .then([cancelledUpgrade('trial', 'rolled-back'), rolledBackTo(why)]);
    const further = [...third, ...stepsUpTo('switch'), stepDone('switch'), switched({ from: NEWER, version: '3.0.0' })];
    given(further)
      .when(back)
      .then([rolledBackTo({ ...why, from: '3.0.0' })]);
    expect(stateAfter(...further, rolledBackTo({ ...why, from: '3.0.0' }))).toMatchObject({
      version,
      formers: [],
      discarded: expect.arrayContaining(['3.0.0']),
    });
  });
});

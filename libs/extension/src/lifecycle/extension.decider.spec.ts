import { describe, expect, it } from '@jest/globals';
import { fold, Rejection } from '@kari/kernel';
import { specify } from '@kari/kernel/testing';
import {
  bundleHash,
  cancelledAt,
  closed,
  completed,
  disabled,
  enabled,
  extension,
  failedAt,
  found,
  INSTALL,
  installed,
  installing,
  kv,
  removalStarted,
  removed,
  requested,
  started,
  undone,
  undoStarted,
  version,
  web,
  wholeInstall,
  wish,
} from '../testing/stories.js';
import { installSteps } from '../installation/installation.rules.js';
import type { ExtensionCommand } from './extension.commands.js';
import { extensionDecider } from './extension.decider.js';
import type { ExtensionEvent } from './extension.events.js';

const { given } = specify(extensionDecider);
const whole = [...wholeInstall];
const enable = (facts: { safeBoot?: boolean; obstacles?: never[] } = {}): ExtensionCommand => ({
  type: 'EnableExtension',
  data: { extension, facts: { safeBoot: false, obstacles: [], ...facts } },
});
const disable = (...dependents: string[]): ExtensionCommand => ({ type: 'DisableExtension', data: { extension, facts: { dependents } } });
const remove = (...dependents: string[]): ExtensionCommand => ({ type: 'RemoveExtension', data: { extension, facts: { dependents } } });
const cancel: ExtensionCommand = { type: 'CancelInstall', data: { extension } };
const give = (grant: string, asked: typeof kv | null): ExtensionCommand => ({
  type: 'GiveGrant',
  data: { extension, grant, facts: { requested: asked } },
});
const revoke = (grant: string): ExtensionCommand => ({ type: 'RevokeGrant', data: { extension, grant } });

describe('installing', () => {
  it('is requested with exactly what was consented to', () => given([]).when(installing()).then([requested()]));
  it('is refused for a package that nobody registered', () =>
    given([])
      .when(installing({}, { found: null }))
      .thenRejected('EXTENSION_PACKAGE_UNKNOWN'));
  it('is refused under safe boot', () =>
    given([])
      .when(installing({}, { safeBoot: true }))
      .thenRejected('EXTENSION_SAFE_BOOT'));
  it('is refused without consent to each permission, naming what is missing with its reason', () => {
    const refusal = refusalOf([], installing({ consented: [web.id] }));
    expect(refusal).toMatchObject({
      code: 'EXTENSION_CONSENT_REQUIRED',
      facts: { missing: ['kv (keeps your notes)'], consent: [{ id: 'kv', reason: 'keeps your notes' }] },
    });
  });
  it('is refused with consent to what it does not ask for', () =>
    given([])
      .when(installing({ consented: [kv.id, web.id, 'tcp:db:5432'] }))
      .thenRejected('EXTENSION_CONSENT_UNKNOWN'));
  it('needs consent to a resource class above S', () => {
    const large = { found: { ...found, resourceClass: 'L' as const, resourceReason: 'runs a model' } };
    given([]).when(installing({}, large)).thenRejected('EXTENSION_CONSENT_REQUIRED');
    given([])
      .when(installing({ consented: [kv.id, web.id, 'resources:L'] }, large))
      .then([requested({ resourceClass: 'L' })]);
  });
  it('asked for twice changes nothing', () => {
    given([requested()]).when(installing()).thenNothing();
    given(whole).when(installing()).thenNothing();
  });
  it('of another version is refused while one is installed or being installed', () => {
    const other = { found: { ...found, version: '2.0.0' } };
    given([requested()]).when(installing({}, other)).thenRejected('EXTENSION_INSTALL_RUNNING');
    given(whole).when(installing({}, other)).thenRejected('EXTENSION_OTHER_VERSION_INSTALLED');
  });
  it('can be tried again after it failed, after a cancel and after a removal', () => {
    given([requested(), started('verify'), failedAt('verify'), closed('failed')])
      .when(installing())
      .then([requested()]);
    given([requested(), cancelledAt(null), closed('cancelled')])
      .when(installing())
      .then([requested()]);
    given([...whole, removalStarted, removed])
      .when(installing())
      .then([requested()]);
  });
  it('waits until a former try is taken back or a removal is over', () => {
    given([requested(), cancelledAt(null)])
      .when(installing())
      .thenRejected('EXTENSION_BUSY');
    given([...whole, removalStarted])
      .when(installing())
      .thenRejected('EXTENSION_BUSY');
  });
});

describe('the steps of an install', () => {
  const start = (step: 'verify' | 'trial', install = INSTALL): ExtensionCommand => ({
    type: 'StartInstallStep',
    data: { extension, install, step },
  });
  const complete: ExtensionCommand = { type: 'CompleteInstallStep', data: { extension, install: INSTALL, step: 'verify', detail: 'done' } };
  const fail: ExtensionCommand = {
    type: 'FailInstallStep',
    data: { extension, install: INSTALL, step: 'verify', code: 'EXTENSION_UNHEALTHY', reason: 'it says so' },
  };
  const finish: ExtensionCommand = { type: 'FinishInstall', data: { extension, install: INSTALL } };

  it('start with a deadline', () =>
    given([requested()])
      .when(start('verify'))
      .then([
        {
          type: 'ExtensionInstallStepStarted',
          data: {
            extension,
            install: INSTALL,
            step: 'verify',
            detail: 'comparing the stored bytes with the registered hashes',
            deadlineAt: '2026-01-01T00:00:30.000Z',
          },
        },
      ]));
  it('start in order, once, and one at a time', () => {
    given([requested()]).when(start('trial')).thenNothing();
    given([requested(), started('verify')])
      .when(start('verify'))
      .thenNothing();
    given([requested(), started('verify'), completed('verify')])
      .when(start('verify'))
      .thenNothing();
  });
  it('complete when they run', () => {
    given([requested(), started('verify')])
      .when(complete)
      .then([completed('verify')]);
    given([requested()]).when(complete).thenNothing();
  });
  it('fail when they run', () => {
    given([requested(), started('verify')])
      .when(fail)
      .then([failedAt('verify')]);
    given([requested(), started('verify'), completed('verify')])
      .when(fail)
      .thenNothing();
  });
  it('of an earlier try change nothing', () => given([requested()]).when(start('verify', 'another-try')).thenNothing());
  it('lead to installed and enabled after the last', () => given(whole.slice(0, -2)).when(finish).then([installed, enabled]));
  it('lead to installed alone when enabling was not asked for', () =>
    given([requested({ enable: false }), ...whole.slice(1, 2 * installSteps.length - 1)])
      .when(finish)
      .then([installed]));
  it('do not lead there early', () => given(whole.slice(0, -3)).when(finish).thenNothing());
});

describe('cancelling', () => {
  it('works before, within and between all steps', () => {
    given([requested()])
      .when(cancel)
      .then([cancelledAt(null)]);
    for (const step of installSteps) {
      const upTo = whole.slice(0, whole.findIndex((event) => event.type === 'ExtensionInstallStepStarted' && event.data.step === step) + 1);
      given(upTo)
        .when(cancel)
        .then([cancelledAt(step)]);
      given([...upTo, completed(step)])
        .when(cancel)
        .then([cancelledAt(null)]);
    }
  });
  it('twice changes nothing', () =>
    given([requested(), cancelledAt(null)])
      .when(cancel)
      .thenNothing());
  it('is refused once installed', () => given(whole).when(cancel).thenRejected('EXTENSION_INSTALL_NOT_RUNNING'));
});

describe('taking back', () => {
  const history: readonly ExtensionEvent[] = [...whole.slice(0, 2 * installSteps.length), failedAt('activate')];
  const undo = (step: 'trial' | 'activate'): ExtensionCommand => ({
    type: 'StartInstallUndo',
    data: { extension, install: INSTALL, step },
  });
  const complete: ExtensionCommand = {
    type: 'CompleteInstallUndo',
    data: { extension, install: INSTALL, step: 'activate', trouble: null },
  };
  const close: ExtensionCommand = { type: 'CloseInstall', data: { extension, install: INSTALL } };

  it('goes last first', () => {
    given(history).when(undo('trial')).thenNothing();
    given(history)
      .when(undo('activate'))
      .then([
        {
          type: 'ExtensionInstallUndoStarted',
          data: { extension, install: INSTALL, step: 'activate', deadlineAt: '2026-01-01T00:01:00.000Z' },
        },
      ]);
    given([...history, undoStarted('activate')])
      .when(complete)
      .then([undone('activate')]);
  });
  it('closes only when nothing is left', () => {
    given([...history, undoStarted('activate'), undone('activate')])
      .when(close)
      .thenNothing();
    given([
      ...history,
      undoStarted('activate'),
      undone('activate'),
      undoStarted('trial'),
      undone('trial'),
      undoStarted('data'),
      undone('data'),
    ])
      .when(close)
      .then([closed('failed')]);
  });
  it('leaves a failed install with its reason, a cancelled one without a trace', () => {
    const failed = [requested(), started('verify'), failedAt('verify'), closed('failed')];
    expect(fold(extensionDecider, extensionDecider.initialState, failed)).toMatchObject({
      status: 'failed',
      failure: { step: 'verify', code: 'EXTENSION_UNHEALTHY', reason: 'it says so' },
    });
    given([requested(), cancelledAt(null), closed('cancelled')]).thenState({ status: 'absent' });
  });
});

describe('enabling and disabling', () => {
  const atRest = [...whole, disabled];
  it('enables what is disabled', () =>
    given(atRest)
      .when(enable())
      .then([{ type: 'ExtensionEnabled', data: { extension, version, activated: false, occasion: INSTALL } }]));
  it('twice changes nothing', () => {
    given(whole).when(enable()).thenNothing();
    given(atRest).when(disable()).thenNothing();
  });
  it('is refused where nothing is installed', () => {
    given([]).when(enable()).thenRejected('EXTENSION_NOT_INSTALLED');
    given([]).when(disable()).thenRejected('EXTENSION_NOT_INSTALLED');
    given([requested()]).when(enable()).thenRejected('EXTENSION_INSTALL_RUNNING');
  });
  it('is refused under safe boot, where disabling stays possible', () => {
    given(atRest)
      .when(enable({ safeBoot: true }))
      .thenRejected('EXTENSION_SAFE_BOOT');
    given(whole)
      .when(disable())
      .then([{ type: 'ExtensionDisabled', data: { extension, version, occasion: INSTALL } }]);
  });
  it('is refused without what it depends on', () => {
    const obstacles = [{ kind: 'missing', id: 'acme.core', needed: '^1.0.0', found: null, cure: 'Install acme.core ^1.0.0.' }] as const;
    given(atRest)
      .when({ type: 'EnableExtension', data: { extension, facts: { safeBoot: false, obstacles: [...obstacles] } } })
      .thenRejected('EXTENSION_DEPENDENCY_MISSING');
  });
  it('respects dependents', () => given(whole).when(disable('acme.report')).thenRejected('EXTENSION_HAS_DEPENDENTS'));
  it('notes what its hook came to, once', () => {
    const pending = [...atRest, { type: 'ExtensionEnabled', data: { extension, version, activated: false, occasion: 'two' } } as const];
    const well: ExtensionCommand = { type: 'ReportActivation', data: { extension, failure: null } };
    const ill: ExtensionCommand = {
      type: 'ReportActivation',
      data: { extension, failure: { code: 'SANDBOX_DEADLINE', reason: 'too slow' } },
    };
    given(pending)
      .when(well)
      .then([{ type: 'ExtensionActivated', data: { extension } }]);
    given(pending)
      .when(ill)
      .then([{ type: 'ExtensionActivationFailed', data: { extension, code: 'SANDBOX_DEADLINE', reason: 'too slow' } }]);
    given(whole).when(well).thenNothing();
    const quiet: ExtensionCommand = { type: 'ReportDeactivation', data: { extension, trouble: null } };
    given(atRest)
      .when(quiet)
      .then([{ type: 'ExtensionDeactivated', data: { extension, trouble: null } }]);
    given([...atRest, { type: 'ExtensionDeactivated', data: { extension, trouble: null } }])
      .when(quiet)
      .thenNothing();
  });
});

describe('removing', () => {
  it('starts with the goodbye of the extension', () => given(whole).when(remove()).then([removalStarted]));
  it('ends when that is over', () => {
    const complete: ExtensionCommand = { type: 'CompleteRemoval', data: { extension, removal: INSTALL, troubles: [] } };
    given([...whole, removalStarted])
      .when(complete)
      .then([removed]);
    given(whole).when(complete).thenNothing();
  });
  it('twice changes nothing', () => {
    given([...whole, removalStarted])
      .when(remove())
      .thenNothing();
    given([...whole, removalStarted, removed])
      .when(remove())
      .thenNothing();
  });
  it('of a failed install only forgets it', () =>
    given([requested(), started('verify'), failedAt('verify'), closed('failed')])
      .when(remove())
      .then([removed]));
  it('is refused for what was never there, for dependents and in mid-install', () => {
    given([]).when(remove()).thenRejected('EXTENSION_NOT_INSTALLED');
    given(whole).when(remove('acme.report')).thenRejected('EXTENSION_HAS_DEPENDENTS');
    given([requested()]).when(remove()).thenRejected('EXTENSION_INSTALL_RUNNING');
  });
});

describe('grants', () => {
  const kvRevoked: ExtensionEvent = { type: 'ExtensionGrantRevoked', data: { extension, grant: 'kv' } };
  it('are revoked and given back', () => {
    given(whole).when(revoke('kv')).then([kvRevoked]);
    given([...whole, kvRevoked])
      .when(revoke('kv'))
      .thenNothing();
    given([...whole, kvRevoked])
      .when(give('kv', kv))
      .then([{ type: 'ExtensionGrantGiven', data: { extension, grant: kv } }]);
    given(whole).when(give('kv', kv)).thenNothing();
  });
  it('are revoked in mid-install too', () => given([requested()]).when(revoke('kv')).then([kvRevoked]));
  it('are given anew when the package asks for a wider scope', () => {
    const wider = { ...kv, scope: { bytes: 2_000 } };
    given(whole)
      .when(give('kv', wider))
      .then([{ type: 'ExtensionGrantGiven', data: { extension, grant: wider } }]);
  });
  it('that it does not ask for are refused', () => {
    given(whole).when(give('tcp:db:5432', null)).thenRejected('SECURITY_GRANT_UNKNOWN');
    given(whole).when(give('tcp:db:5432', kv)).thenRejected('SECURITY_GRANT_UNKNOWN');
    given(whole).when(revoke('tcp:db:5432')).thenRejected('SECURITY_GRANT_UNKNOWN');
  });
  it('need an installation', () => {
    given([]).when(revoke('kv')).thenRejected('EXTENSION_NOT_INSTALLED');
    given([...whole, removalStarted])
      .when(give('kv', kv))
      .thenRejected('EXTENSION_NOT_INSTALLED');
  });
});

describe('a wish for all tenants', () => {
  const fulfil: ExtensionCommand = { type: 'FulfilWish', data: wish() };
  const withdraw: ExtensionCommand = { type: 'WithdrawWish', data: { extension } };
  const removeIt = (...dependents: string[]): ExtensionCommand => ({ type: 'RemoveWithdrawn', data: { extension, facts: { dependents } } });
  const due: ExtensionEvent = { type: 'ExtensionWithdrawalDue', data: { extension, version } };
  const wished = [requested({ origin: 'wish' }), ...whole.slice(1)];

  it('installs', () =>
    given([])
      .when(fulfil)
      .then([requested({ origin: 'wish' })]));
  it('leaves a fact where it does not fit', () =>
    given([requested({ version: '0.9.0' }), ...whole.slice(1)])
      .when(fulfil)
      .then([
        {
          type: 'ExtensionWishRefused',
          data: {
            extension,
            version: 'latest',
            act: 'install',
            code: 'EXTENSION_OTHER_VERSION_INSTALLED',
            facts: { extension, installed: '0.9.0', wanted: version },
          },
        },
      ]));
  it('withdrawn leaves what the tenant asked for itself', () => given(whole).when(withdraw).thenNothing());
  it('withdrawn cancels, or removes as soon as nothing depends on it', () => {
    given([requested({ origin: 'wish' })])
      .when(withdraw)
      .then([cancelledAt(null)]);
    given(wished).when(withdraw).then([due]);
    given([...wished, due])
      .when(withdraw)
      .thenNothing();
    given([...wished, due])
      .when(removeIt())
      .then([removalStarted]);
    given(wished).when(removeIt()).thenNothing();
    given([...wished, due])
      .when(removeIt('acme.report'))
      .then([
        {
          type: 'ExtensionWishRefused',
          data: { extension, version, act: 'remove', code: 'EXTENSION_HAS_DEPENDENTS', facts: { extension, dependents: ['acme.report'] } },
        },
      ]);
  });
});

it('keeps the hash of the bytes that were consented to', () => {
  expect(fold(extensionDecider, extensionDecider.initialState, whole)).toMatchObject({ status: 'enabled', bundleHash });
});

function refusalOf(history: readonly ExtensionEvent[], command: ExtensionCommand): unknown {
  try {
    const metadata = {
      commandId: INSTALL,
      tenant: '_',
      actor: 'someone',
      actorKind: 'user',
      correlationId: 'c',
      now: '2026-01-01T00:00:00.000Z',
    } as const;
    extensionDecider.decide(command, fold(extensionDecider, extensionDecider.initialState, history), metadata);
  } catch (error) {
    if (error instanceof Rejection) return { code: error.code, facts: error.facts };
  }
  return null;
}

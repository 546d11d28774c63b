// Every value of the supervision at its boundary, with the whole host around scripted processes and a clock that stands still. The same
// mechanisms with real processes: `supervision.spec.ts` and `hostile.spec.ts`.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rejected, type Random } from '@kari/kernel';
import { manualClock, type ManualClock } from '@kari/kernel/testing';
import { systemRandom } from '@kari/platform/time';
import type { Manifest } from '@kari/protocol/manifest';
import type { MainThread } from '../../../libs/sandbox/src/launcher/launcher.port.js';
import { NEVER, ScriptedLauncher } from '../../support/scripted-launcher.js';
import { SandboxWorld, tenantA, tenantB, type InstallOptions } from '../../support/sandbox-world.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** The heartbeat looks four times a second. */
const TICK = 250;
/** Chance at its largest: the whole of each back-off is waited for. */
const random: Random = { ...systemRandom, next: () => 1 - 2 ** -40 };

let clock: ManualClock;
let launcher: ScriptedLauncher;
let world: SandboxWorld;
let bundles = 0;

beforeEach(async () => {
  clock = manualClock();
  launcher = new ScriptedLauncher(clock);
  world = await SandboxWorld.open({ scripted: { launcher, time: { clock, timers: clock, random } } });
});
afterEach(async () => {
  const closed = world.close(0);
  await advance(10 * SECOND);
  await closed;
});

/** Lets everything run that needs no time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await clock.advance(0);
}
async function advance(milliseconds: number): Promise<void> {
  await clock.advance(milliseconds);
  await settle();
}

interface Heard {
  outcome: unknown;
  at: number | null;
}
/** A call whose end is looked at, not waited for. */
function call(options: Parameters<SandboxWorld['call']>[2] = {}, input: unknown = 'x'): Heard {
  const heard: Heard = { outcome: 'pending', at: null };
  const hear = (outcome: unknown): void => {
    heard.outcome = outcome;
    heard.at = clock.monotonic();
  };
  world.call('note.do', input, options).then(hear, (error: unknown) => hear((error as { code?: string }).code ?? error));
  return heard;
}
function install(options: InstallOptions = {}): void {
  bundles += 1;
  world.install(`bundle ${bundles}`, options);
}
/** Installed, started, and idle. */
async function started(options: InstallOptions = {}): Promise<void> {
  install(options);
  const first = call({ tenant: options.tenant ?? tenantA });
  await settle();
  expect(first.outcome).toBe('x');
}
const starved = (elapsedMs: number): MainThread => ({ ranMs: 0, waitedMs: elapsedMs, runnable: true });
/** The kernel counts a wait only when it is over. */
const starvedSoFar = (): MainThread => ({ ranMs: 0, waitedMs: 0, runnable: true });
const asleep = (): MainThread => ({ ranMs: 0, waitedMs: 0, runnable: false });
const classM: Partial<Manifest> = { resources: { class: 'M', reason: 'long work' } };
const state = (): string | undefined => world.host.statuses(tenantA)[0]?.state;
async function crashes(): Promise<readonly { readonly exit: { readonly kind: string }; readonly retryAfterMilliseconds: number }[]> {
  return (await world.events())
    .filter(({ type }) => type === 'SandboxCrashed')
    .map(({ data }) => data as { exit: { kind: string }; retryAfterMilliseconds: number });
}
const lastKind = async (): Promise<string | undefined> => (await crashes()).at(-1)?.exit.kind;

describe('a start', () => {
  it('without a pong within 5 s is ended, and the reason is stored', async () => {
    launcher.script = { stuck: true };
    install();
    const waiting = call();
    await settle();
    await advance(5 * SECOND - 1);
    expect(launcher.last.killedAt).toBeNull();
    await advance(1);
    expect([launcher.last.killedAt, waiting.outcome, await lastKind()]).toEqual([5 * SECOND, 'SANDBOX_START_FAILED', 'start-timeout']);
  });

  it('that answers pings and never loads is ended after the time of its class', async () => {
    launcher.script = { loads: false };
    install();
    call();
    await settle();
    await advance(10 * SECOND - 1);
    expect(launcher.last.killedAt).toBeNull();
    await advance(1);
    expect([launcher.last.killedAt, await lastKind()]).toEqual([10 * SECOND, 'start-timeout']);
  });

  it('of a bundle without a declared handler, and of another protocol, is stored as what it is', async () => {
    install({ manifest: { plugins: { 'note.lost': {} } as unknown as NonNullable<Manifest['plugins']> } });
    const lacking = call();
    await settle();
    expect([lacking.outcome, await lastKind()]).toEqual(['SANDBOX_HANDLER_MISSING', 'handler-missing']);
    launcher.script = { protocol: 2 };
    install({ tenant: tenantB });
    const foreign = call({ tenant: tenantB });
    await settle();
    expect([foreign.outcome, await lastKind()]).toEqual(['SANDBOX_PROTOCOL_MISMATCH', 'load-failed']);
  });

  it('goes on when a caller has no time left for it: the caller is told at its deadline, the next one is served', async () => {
    launcher.script = { stuck: true };
    install();
    const impatient = call({ deadlineMs: 300 });
    const patient = call();
    await advance(300);
    expect([impatient, patient.outcome]).toEqual([{ outcome: 'SANDBOX_DEADLINE', at: 300 }, 'pending']);
    expect(launcher.launched).toHaveLength(1);
    expect(launcher.last.killedAt).toBeNull();
  });

  it('is left by a caller that takes its call back', async () => {
    launcher.script = { stuck: true };
    install();
    const controller = new AbortController();
    const waiting = call({ signal: controller.signal });
    await settle();
    controller.abort();
    await settle();
    expect(waiting.outcome).toBe('SANDBOX_CANCELLED');
  });
});

describe('the heartbeat', () => {
  it('pings every 2 s', async () => {
    await started();
    await advance(10 * SECOND);
    const pings = launcher.last.heard.filter(({ method }) => method === 'ping').map(({ at }) => at);
    expect(pings).toEqual([0, 2, 4, 6, 8, 10].map((seconds) => seconds * SECOND));
  });

  it('ends a silent process 5 s after the ping it leaves unanswered, and every pending call is answered CRASHED', async () => {
    await started();
    await advance(1);
    launcher.last.script.stuck = true;
    const pending = Array.from({ length: 40 }, () => call());
    await advance(7 * SECOND - 2);
    expect([launcher.last.killedAt, pending[0]?.outcome]).toEqual([null, 'pending']);
    await advance(1);
    expect([launcher.launched[0]?.killedAt, await lastKind()]).toEqual([7 * SECOND, 'heartbeat']);
    expect(pending.map(({ outcome }) => outcome)).toEqual(pending.map(() => 'SANDBOX_CRASHED'));
  });

  it('judges class S during its calls, too', async () => {
    await started();
    launcher.last.script.stuck = true;
    const pending = call();
    await advance(7 * SECOND);
    expect([pending.outcome, await lastKind()]).toEqual(['SANDBOX_CRASHED', 'heartbeat']);
  });

  it('leaves class M to the deadline of its call, 2 min, and 1 s more', async () => {
    await started({ manifest: classM });
    launcher.last.script.stuck = true;
    const pending = call();
    await advance(2 * MINUTE - 1);
    expect([launcher.last.killedAt, pending.outcome]).toEqual([null, 'pending']);
    await advance(1);
    expect([launcher.last.killedAt, pending.outcome]).toEqual([null, 'SANDBOX_DEADLINE']);
    await advance(SECOND - 1);
    expect(launcher.last.killedAt).toBeNull();
    await advance(1);
    expect([launcher.launched[0]?.killedAt, await lastKind()]).toEqual([2 * MINUTE + SECOND, 'heartbeat']);
  });

  it('leaves class L to 15 min and 1 s', async () => {
    await started({ manifest: { resources: { class: 'L', reason: 'long work' } } });
    launcher.last.script.stuck = true;
    call();
    await advance(15 * MINUTE + SECOND - 1);
    expect(launcher.last.killedAt).toBeNull();
    await advance(TICK);
    expect(launcher.launched[0]?.killedAt).toBe(15 * MINUTE + SECOND);
  });

  it('judges class M between its calls', async () => {
    await started({ manifest: classM });
    launcher.last.script.stuck = true;
    await advance(7 * SECOND);
    expect(await lastKind()).toBe('heartbeat');
  });

  it('ends class M though new calls keep coming: who is stuck in the first is not excused by the others', async () => {
    await started({ manifest: classM });
    launcher.last.script.stuck = true;
    for (let second = 0; second < 125 && launcher.launched[0]?.killedAt === null; second += 1) {
      call({ deadlineMs: 5 * SECOND });
      await advance(SECOND);
    }
    // From the first ping on, at two seconds.
    expect(launcher.launched[0]?.killedAt).toBe(2 * SECOND + 2 * MINUTE + SECOND + TICK);
    expect(await lastKind()).toBe('heartbeat');
  });

  it('takes nothing from long work that its caller gave up early (S-10)', async () => {
    await started({ manifest: classM });
    launcher.last.script.stuck = true;
    const impatient = call({ deadlineMs: 1 });
    await advance(2 * SECOND + 1);
    call({ deadlineMs: 10 });
    await advance(MINUTE);
    expect([impatient.outcome, launcher.last.killedAt]).toEqual(['SANDBOX_DEADLINE', null]);
    await advance(MINUTE + SECOND + 2 * TICK);
    expect(await lastKind()).toBe('heartbeat');
  });

  it('takes nothing from a class S process that an impatient caller meets at the wrong moment (S-10)', async () => {
    await started();
    await advance(1999);
    launcher.last.script.stuck = true;
    await advance(1);
    const impatient = call({ deadlineMs: 50 });
    await advance(4 * SECOND);
    expect([impatient.outcome, launcher.last.killedAt]).toEqual(['SANDBOX_DEADLINE', null]);
  });

  it('does not count starvation, for 30 s at most (57)', async () => {
    await started();
    launcher.last.script.stuck = true;
    launcher.last.schedule = starved;
    await advance(2 * SECOND + 30 * SECOND + 5 * SECOND - 1);
    expect(launcher.last.killedAt).toBeNull();
    await advance(1);
    expect(launcher.launched[0]?.killedAt).toBe(37 * SECOND);
  });

  it('does not count a starvation that still goes on: the kernel tells of it only when it is over (57)', async () => {
    await started();
    launcher.last.script.stuck = true;
    launcher.last.schedule = starvedSoFar;
    await advance(2 * SECOND + 30 * SECOND + 5 * SECOND - 1);
    expect(launcher.last.killedAt).toBeNull();
    await advance(1);
    expect(launcher.launched[0]?.killedAt).toBe(37 * SECOND);
  });

  it('judges who sleeps: that is no starvation', async () => {
    await started();
    launcher.last.script.stuck = true;
    launcher.last.schedule = asleep;
    await advance(7 * SECOND);
    expect(launcher.launched[0]?.killedAt).toBe(7 * SECOND);
  });
});

describe('the deadline of a call', () => {
  beforeEach(async () => {
    await started();
    launcher.last.script.invoke = () => NEVER;
  });
  const cancels = (): number => launcher.last.heard.filter(({ method }) => method === 'cancel').length;

  it('of class S is 10 s: the caller is told, the process is sent cancel, and lives', async () => {
    const late = call();
    await advance(10 * SECOND - 1);
    expect([late.outcome, cancels()]).toEqual(['pending', 0]);
    await advance(1);
    expect([late.outcome, cancels(), launcher.last.killedAt]).toEqual(['SANDBOX_DEADLINE', 1, null]);
  });

  it('missed a second time in the same process is its end', async () => {
    call();
    await advance(10 * SECOND);
    const second = call();
    await advance(10 * SECOND);
    expect([second.outcome, launcher.launched[0]?.killedAt, await lastKind()]).toEqual(['SANDBOX_DEADLINE', 20 * SECOND, 'deadline']);
  });

  it('missed by a starved process costs its caller the answer, and the process nothing (57)', async () => {
    launcher.last.schedule = starved;
    const calls = [call(), call(), call()];
    await advance(10 * SECOND);
    expect(calls.map(({ outcome }) => outcome)).toEqual(calls.map(() => 'SANDBOX_DEADLINE'));
    expect(launcher.last.killedAt).toBeNull();
  });

  it('comes sooner for a call whose end is asked for: the process is sent cancel, and its answer is waited for so long', async () => {
    const leaving = new AbortController();
    const cancel = { signal: leaving.signal, graceMs: 2 * SECOND };
    const stubborn = call({ cancel });
    await advance(SECOND);
    leaving.abort();
    await advance(2 * SECOND - 1);
    expect([stubborn.outcome, cancels()]).toEqual(['pending', 1]);
    await advance(1);
    expect([stubborn.outcome, launcher.last.killedAt]).toEqual(['SANDBOX_DEADLINE', null]);
    const before = call({ cancel });
    await settle();
    expect(before.outcome).toBe('SANDBOX_CANCELLED');
  });

  it('below it, as the caller chose, costs the process nothing', async () => {
    for (let index = 0; index < 5; index += 1) call({ deadlineMs: 4999 });
    await advance(4999);
    expect([cancels(), launcher.last.killedAt]).toEqual([5, null]);
  });
});

describe('after a crash', () => {
  it('the waits are 0.5 s, 1 s, 2 s, 4 s, and the process is back at that very moment', async () => {
    await started();
    for (const wait of [500, 1000, 2000, 4000]) {
      const before = launcher.launched.length;
      launcher.last.exit();
      await settle();
      expect(state()).toBe('backing-off');
      await advance(wait - 1);
      expect(launcher.launched).toHaveLength(before);
      await advance(1);
      expect([launcher.launched.length, state()]).toEqual([before + 1, 'ready']);
    }
    expect((await crashes()).map(({ retryAfterMilliseconds }) => retryAfterMilliseconds)).toEqual([500, 1000, 2000, 4000]);
  });

  it('calls wait for the back-off when they have the time, and are told at once when they have not', async () => {
    await started();
    launcher.last.exit();
    await settle();
    const [patient, impatient] = [call(), call({ deadlineMs: 499 })];
    await settle();
    expect([patient.outcome, impatient.outcome]).toEqual(['pending', 'SANDBOX_BACKING_OFF']);
    await advance(500);
    expect(patient.outcome).toBe('x');
  });

  it('a call that waits is refused, not run, when its tenant is suspended or its extension disabled meanwhile', async () => {
    const installed = world.install('one', {});
    call();
    await settle();
    launcher.last.exit();
    await settle();
    const waiting = call();
    world.setTenant(tenantA, 'suspended');
    await advance(500);
    expect([waiting.outcome, launcher.launched.length]).toEqual(['SANDBOX_TENANT_INACTIVE', 1]);

    world.setTenant(tenantA, 'active');
    call();
    await settle();
    launcher.last.exit();
    await settle();
    const another = call();
    world.put({ ...installed, status: 'disabled' });
    await advance(10 * SECOND);
    expect([another.outcome, launcher.launched.length]).toEqual(['SANDBOX_NOT_ENABLED', 2]);
  });

  it('a call that waits is answered at once when the host ends, and starts nothing any more', async () => {
    await started();
    launcher.last.exit();
    await settle();
    const waiting = call();
    await settle();
    const ended = world.host.end();
    await settle();
    expect(waiting.outcome).toBe('SANDBOX_HOST_STOPPING');
    await ended;
    await advance(MINUTE);
    expect(launcher.launched).toHaveLength(1);
  });
});

describe('the circuit', () => {
  /** Crashes so often, so far apart, each time as soon as it is back. */
  async function crashTimes(times: number, apartMs = 0): Promise<void> {
    for (let crash = 0; crash < times; crash += 1) {
      if (crash > 0) await advance(apartMs);
      const waiting = call();
      await advance(MINUTE > apartMs && apartMs > 0 ? 0 : 4 * SECOND);
      expect(waiting.outcome).toBe('x');
      launcher.last.exit();
      await settle();
    }
  }

  it('opens at the fifth crash within 10 min: quarantine, not started again, calls are answered QUARANTINED', async () => {
    await started();
    await crashTimes(4);
    expect(state()).toBe('backing-off');
    await advance(4 * SECOND);
    await crashTimes(1);
    expect(state()).toBe('quarantined');
    const launched = launcher.launched.length;
    const refused = call();
    await advance(60 * MINUTE);
    expect([refused.outcome, launcher.launched.length, state()]).toEqual(['SANDBOX_QUARANTINED', launched, 'quarantined']);
  });

  it('stays closed when the first of five is 10 min ago', async () => {
    await started();
    await crashTimes(1);
    await advance(10 * MINUTE - 12 * SECOND);
    await crashTimes(3);
    await advance(8 * SECOND);
    await crashTimes(1);
    expect(state()).toBe('backing-off');
  });

  it('once released allows one trial start; a further crash opens it again', async () => {
    await started();
    await crashTimes(4);
    await advance(8 * SECOND);
    await crashTimes(1);
    await world.command('ReleaseSandbox', { extension: 'acme.notes' });
    await advance(60 * MINUTE);
    const trial = call();
    await settle();
    expect([trial.outcome, state()]).toEqual(['x', 'ready']);
    launcher.last.exit();
    await settle();
    expect(state()).toBe('quarantined');
  });

  it('is left by a new version', async () => {
    await started();
    await crashTimes(4);
    await advance(8 * SECOND);
    await crashTimes(1);
    install({ version: '1.0.1' });
    const fresh = call();
    await settle();
    expect([fresh.outcome, state()]).toEqual(['x', 'ready']);
  });

  it('opens at once when the bundle has changed, and ends what still served', async () => {
    await started();
    const serving = launcher.last;
    launcher.refuses = rejected('SANDBOX_BUNDLE_CHANGED', { file: 'bundle.mjs', reason: 'its SHA-256 is not the registered one' });
    install({ version: '1.0.1' });
    const refused = call();
    await settle();
    expect([refused.outcome, state(), await serving.ended]).toMatchObject(['SANDBOX_BUNDLE_CHANGED', 'quarantined', { kind: 'stopped' }]);
    const again = call();
    await settle();
    expect(again.outcome).toBe('SANDBOX_QUARANTINED');
  });

  it('stays open, and its crashes are remembered, when the host starts anew', async () => {
    await started();
    await crashTimes(3);
    await world.host.end(0);
    const second = world.newHost();
    await second.begin();
    expect(second.statuses(tenantA)).toMatchObject([{ state: 'idle' }]);
    for (const wait of [0, 4 * SECOND]) {
      await advance(wait);
      await second.start(tenantA, 'acme.notes');
      launcher.last.exit();
      await settle();
    }
    expect(second.statuses(tenantA)).toMatchObject([{ state: 'quarantined' }]);
    await second.end(0);
    const third = world.newHost();
    await third.begin();
    expect(third.statuses(tenantA)).toMatchObject([{ state: 'quarantined' }]);
    await third.end(0);
  });

  it('of one tenant is none of another', async () => {
    await started();
    await started({ tenant: tenantB });
    const theirs = launcher.last;
    for (let crash = 0; crash < 5; crash += 1) {
      const [mine] = launcher.launched.filter((one) => one !== theirs).slice(-1);
      mine?.exit();
      await advance(8 * SECOND);
    }
    expect([state(), world.host.statuses(tenantB)[0]?.state, theirs.killedAt]).toEqual(['quarantined', 'ready', null]);
  });
});

describe('an idle sandbox', () => {
  it('is ended after 5 min without use, is idle then, which is healthy, and starts on the next use', async () => {
    await started();
    await advance(5 * MINUTE - 1);
    expect([state(), launcher.launched[0]?.killedAt]).toEqual(['ready', null]);
    await advance(1);
    expect([state(), (await world.types()).at(-1)]).toEqual(['idle', 'SandboxStopped']);
    expect((await world.events()).at(-1)?.data).toMatchObject({ kind: 'idle' });
    const next = call();
    await settle();
    expect([next.outcome, launcher.launched.length]).toEqual(['x', 2]);
  });

  it('is not ended while it works, nor when it is eager', async () => {
    await started({ manifest: classM });
    launcher.last.script.invoke = () => NEVER;
    await advance(4 * MINUTE);
    call();
    await advance(119 * SECOND);
    expect(launcher.last.killedAt).toBeNull();
    install({ tenant: tenantB, manifest: { activation: 'eager' } });
    await advance(20 * MINUTE);
    expect(world.host.statuses(tenantB)[0]?.state).toBe('ready');
  });
});

describe('a stop', () => {
  it('lets calls in hand finish, then says shutdown, and ends who obeys at once', async () => {
    await started();
    let finish: (value: unknown) => void = () => undefined;
    launcher.last.script.invoke = () => new Promise((resolve) => (finish = resolve));
    const inHand = call();
    await settle();
    const stopped = world.host.stop(tenantA, 'acme.notes', 'enough');
    await advance(4 * SECOND);
    expect(launcher.last.heard.map(({ method }) => method)).not.toContain('shutdown');
    finish('done');
    await settle();
    await stopped;
    expect([inHand.outcome, launcher.last.killedAt, launcher.last.heard.at(-1)?.method]).toEqual(['done', null, 'shutdown']);
  });

  it('ends who ignores it after 5 s, and answers what is left in hand STOPPED', async () => {
    await started();
    Object.assign(launcher.last.script, { obeysShutdown: false, invoke: () => NEVER });
    const inHand = call();
    await settle();
    void world.host.stop(tenantA, 'acme.notes', 'enough');
    await advance(5 * SECOND - 1);
    expect([launcher.last.killedAt, inHand.outcome]).toEqual([null, 'pending']);
    await advance(1);
    expect([launcher.last.killedAt, inHand.outcome, (await world.types()).at(-1)]).toEqual([
      5 * SECOND,
      'SANDBOX_STOPPED',
      'SandboxStopped',
    ]);
  });

  it('waits no longer for a start that hangs: its callers are answered STOPPED, and no crash is counted', async () => {
    launcher.script = { loads: false };
    install({ manifest: classM });
    const waiting = call();
    await settle();
    const ended = world.host.end();
    await advance(5 * SECOND - 1);
    expect([launcher.last.killedAt, waiting.outcome]).toEqual([null, 'pending']);
    await advance(1);
    await ended;
    expect([launcher.last.killedAt, waiting.outcome, await world.types()]).toEqual([
      5 * SECOND,
      'SANDBOX_STOPPED',
      ['SandboxStarted', 'SandboxStopped'],
    ]);
  });

  it('of an old version waits for its calls, at most as long as the longest may last', async () => {
    await started();
    const old = launcher.last;
    old.script.invoke = () => NEVER;
    const inHand = call();
    await settle();
    await advance(SECOND);
    install({ version: '2.0.0' });
    const fresh = call();
    await settle();
    expect([fresh.outcome, old.killedAt]).toEqual(['x', null]);
    old.script.obeysShutdown = false;
    await advance(9 * SECOND);
    expect([inHand.outcome, old.killedAt]).toEqual(['SANDBOX_DEADLINE', null]);
    await advance(7 * SECOND);
    expect(old.killedAt).not.toBeNull();
    expect(await crashes()).toEqual([]);
  });
});

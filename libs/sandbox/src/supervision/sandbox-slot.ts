// The place of one extension in one tenant: at most one process serves it, started on first use, started again after a crash, replaced when
// the installed version changes, by the candidate that was tried beside it where there is one. Everything that happens here is reported as an event; what is decided is decided by the supervisor decider.
import { rejected, Rejection, type Timer } from '@kari/kernel';
import type { Installation, RegisteredVersion } from '@kari/extension/contract';
import type { SandboxInvocation, SandboxStatus } from '../contract.js';
import type { ExitReason } from '../launcher/exit-reason.rules.js';
import { backOff } from './back-off.rules.js';
import { callLimits, type SandboxProcess } from './sandbox-process.js';
import type { SlotParts } from './slot-parts.js';
import { describeStatus } from './status.rules.js';
import type { SupervisorCommand } from './supervisor.commands.js';
import { supervisorDecider, type SupervisorState } from './supervisor.decider.js';
import type { StopKind } from './supervisor.events.js';

interface Wish {
  readonly kind: StopKind;
  readonly reason: string;
}

export class SandboxSlot {
  private state: SupervisorState = supervisorDecider.initialState;
  private since: string;
  private current: SandboxProcess | null = null;
  private starting: Promise<SandboxProcess> | null = null;
  /** What is being loaded: launched, not serving yet. */
  private loading: SandboxProcess | null = null;
  /** Wakes those who wait for a start, so that they see what has changed. */
  private changes = new AbortController();
  private stopping: Promise<void> = Promise.resolve();
  private reports: Promise<void> = Promise.resolve();
  /** Replaced processes that finish their last calls. */
  private readonly draining = new Set<SandboxProcess>();
  private retryAt = 0;
  private retryTimer: Timer | null = null;
  /** A version that would not start while an older one serves: not tried again at each call. */
  private refusedBundle: string | null = null;
  /** A version on trial: it takes over once it is the installed one. */
  private candidate: Candidate | null = null;
  private preparing: Promise<Candidate> | null = null;
  private loadingCandidate: SandboxProcess | null = null;
  /** Why we are ending a process; read when it is gone. */
  private readonly ending = new Map<string, Wish>();
  /** Why a start in hand must not come to its end. */
  private unwanted: Wish | null = null;

  constructor(
    readonly tenant: string,
    readonly extension: string,
    private readonly parts: SlotParts,
  ) {
    this.since = parts.now();
  }

  get isRunning(): boolean {
    return this.current !== null || this.starting !== null;
  }

  /** How long nobody has used it; null when nothing could be evicted. */
  get idleMilliseconds(): number | null {
    return this.current === null || this.current.busy > 0 ? null : this.current.idleMilliseconds;
  }

  get process(): SandboxProcess | null {
    return this.current;
  }

  get candidateProcess(): SandboxProcess | null {
    return this.candidate?.process ?? null;
  }

  status(): SandboxStatus {
    const installation = this.parts.find(this.tenant, this.extension);
    const use = this.current?.use() ?? null;
    return {
      tenant: this.tenant,
      extension: this.extension,
      version: this.current?.version.version ?? installation?.version.version ?? this.state.record.version,
      ...describeStatus(this.state, installation?.status ?? null, this.current !== null, this.millisecondsToRetry()),
      level: this.current?.level ?? null,
      pid: this.current?.pid ?? null,
      restarts: Math.max(0, this.state.record.starts - 1),
      memoryBytes: use?.memoryBytes ?? null,
      cpuMilliseconds: use?.cpuMilliseconds ?? null,
      since: this.since,
    };
  }

  /** Takes over what the log says: at the host's start, and after an operator's command. */
  know(state: SupervisorState): void {
    this.state = state;
    this.since = this.parts.now();
    if (state.status !== 'crashed') this.retryAt = 0;
    this.parts.changed(this.status());
  }

  async invoke(invocation: SandboxInvocation): Promise<unknown> {
    const { clock } = this.parts.tools;
    const startedAt = clock.monotonic();
    const admit = () => this.parts.admitted(this.tenant, this.extension, invocation.handler);
    const limit = Math.min(invocation.deadlineMs ?? Infinity, this.parts.resourcesOf(admit().version).callMilliseconds);
    const late = () => rejected('SANDBOX_DEADLINE', { extension: this.extension, handler: invocation.handler, milliseconds: limit });
    const process = await this.within(limit, late, leaving(invocation), this.ready(admit, limit));
    const left = limit - (clock.monotonic() - startedAt);
    if (left <= 0) throw late();
    // Disabled or suspended while it waited for the start: what may not run now does not.
    admit();
    try {
      return await process.invoke({ ...invocation, deadlineMs: left });
    } finally {
      // Only hooks may run for an extension that is not enabled, and its process must not outlive them.
      if (this.parts.find(this.tenant, this.extension)?.status === 'disabled' && process.busy === 0)
        void this.stop('disabled', 'the extension is disabled');
    }
  }

  /** The process that serves the installed version, started if need be, waiting for back-off within the budget. */
  async ready(admit: () => Installation, budgetMs: number): Promise<SandboxProcess> {
    const { clock } = this.parts.tools;
    const began = clock.monotonic();
    await this.stopping;
    this.parts.assertOpen();
    const { version } = admit();
    if (this.current !== null && (sameCode(this.current.version, version) || this.refusedBundle === version.bundleHash))
      return this.current;
    if (this.starting !== null) return this.starting;
    this.refuseQuarantined(version);
    if (this.candidate !== null && sameCode(this.candidate.process.version, version)) {
      this.starting = this.promote(this.candidate).finally(() => (this.starting = null));
      return this.starting;
    }
    const milliseconds = this.millisecondsToRetry();
    if (milliseconds > 0) {
      await this.waitForBackOff(milliseconds, budgetMs);
      // Others waited too: one of them may have started it, or seen it crash again; or it was stopped for good meanwhile.
      return this.ready(admit, budgetMs - (clock.monotonic() - began));
    }
    this.starting = this.begin(version).finally(() => (this.starting = null));
    return this.starting;
  }

  /** The process of that version on trial, beside the one that serves. */
  async prepare(version: RegisteredVersion): Promise<SandboxProcess> {
    await this.preparing?.catch(() => undefined);
    this.parts.assertOpen();
    if (this.candidate !== null && sameCode(this.candidate.process.version, version)) return this.candidate.process;
    // After the switch the same version may be asked for once more: it serves already. Right after a way back it still does, and will not for long.
    const installed = this.parts.find(this.tenant, this.extension);
    if (this.current !== null && sameCode(this.current.version, version) && installed !== null && sameCode(installed.version, version))
      return this.current;
    this.refuseQuarantined(version);
    await this.dismiss('another version is tried');
    this.preparing = this.beginCandidate(version).finally(() => (this.preparing = this.loadingCandidate = null));
    return (await this.preparing).process;
  }

  /** Ends the version on trial; resolves when its process is gone. */
  async dismiss(reason: string, graceMs: number = callLimits.graceMs): Promise<void> {
    this.loadingCandidate?.kill('stopped', reason);
    await this.preparing?.catch(() => undefined);
    const { candidate } = this;
    this.candidate = null;
    if (candidate === null) return;
    if (graceMs > 0) return candidate.process.stop(reason, graceMs);
    candidate.process.kill('stopped', reason);
    await candidate.process.ended;
  }

  /** Resolves when the process is gone, at the latest after the grace. */
  async stop(kind: StopKind, reason: string, graceMs: number = callLimits.graceMs): Promise<void> {
    const dismissed = TAKES_ALL.has(kind) ? this.dismiss(reason, graceMs) : Promise.resolve();
    await Promise.all([dismissed, this.stopServing(kind, reason, graceMs)]);
  }

  private async stopServing(kind: StopKind, reason: string, graceMs: number): Promise<void> {
    const { clock } = this.parts.tools;
    const until = clock.monotonic() + graceMs;
    this.retryTimer?.cancel();
    this.changes.abort();
    this.changes = new AbortController();
    await this.settleStart(kind, reason, graceMs);
    const ending = [...this.draining, ...(this.current === null ? [] : [this.current])];
    if (ending.length === 0) return this.stopping;
    this.current = null;
    const left = Math.max(0, until - clock.monotonic());
    this.stopping = Promise.all(ending.map((process) => this.end(process, kind, reason, left))).then(() => undefined);
    await this.stopping;
  }

  /** A start in hand may come to its end within the grace; then what is being loaded is ended. */
  private async settleStart(kind: StopKind, reason: string, graceMs: number): Promise<void> {
    if (this.starting === null) return;
    const timer = this.parts.tools.timers.after(graceMs, () => {
      this.unwanted = { kind, reason };
      this.endUnwanted();
    });
    await this.starting.catch(() => undefined);
    timer.cancel();
  }

  private endUnwanted(): void {
    if (this.unwanted === null || this.loading === null) return;
    this.ending.set(this.loading.id, this.unwanted);
    this.loading.kill('stopped', this.unwanted.reason);
  }

  /** Reports still on their way to the log. */
  settled(): Promise<void> {
    return this.reports;
  }

  private async beginCandidate(version: RegisteredVersion): Promise<Candidate> {
    const { tools } = this.parts;
    const began = tools.clock.monotonic();
    const launcher = await this.launcherFor(version, false);
    await this.parts.makeRoom(this);
    const process = await this.parts.launch(this.tenant, version, launcher, tools.ids.next());
    this.loadingCandidate = process;
    await process.load();
    const candidate: Candidate = { process, began, startMilliseconds: Math.round(tools.clock.monotonic() - began) };
    this.candidate = candidate;
    void process.ended.then(() => {
      if (this.candidate === candidate) this.candidate = null;
    });
    return candidate;
  }

  /** The version on trial is the installed one now. */
  private async promote(candidate: Candidate): Promise<SandboxProcess> {
    const { process, began, startMilliseconds } = candidate;
    const { extension } = this;
    const { version, bundleHash } = process.version;
    await this.reports;
    const replaces = this.current?.id ?? null;
    await this.send({
      type: 'StartSandbox',
      data: { extension, version, bundleHash, process: process.id, level: process.level, replaces },
    });
    // It may have died while that was written down: then the version starts as any other does.
    if (this.candidate !== candidate) return this.begin(process.version);
    this.candidate = null;
    this.serve(process, began, startMilliseconds, this.current);
    return process;
  }

  private serve(process: SandboxProcess, began: number, startMilliseconds: number, previous: SandboxProcess | null): void {
    const { clock } = this.parts.tools;
    this.current = process;
    this.refusedBundle = null;
    this.retryAt = 0;
    void process.ended.then((exit) => this.ended(process, exit, clock.monotonic() - began));
    void this.report({ type: 'ReportSandboxReady', data: { extension: this.extension, process: process.id, startMilliseconds } });
    if (previous !== null) void this.drain(previous);
  }

  private async begin(version: RegisteredVersion): Promise<SandboxProcess> {
    const { tools } = this.parts;
    await this.reports;
    const launcher = await this.launcherFor(version, true);
    await this.parts.makeRoom(this);
    const id = tools.ids.next();
    const { extension, bundleHash } = version;
    const previous = this.current;
    const began = tools.clock.monotonic();
    await this.send({
      type: 'StartSandbox',
      data: { extension, version: version.version, bundleHash, process: id, level: launcher.level, replaces: previous?.id ?? null },
    });
    let process: SandboxProcess;
    try {
      this.loading = process = await this.parts.launch(this.tenant, version, launcher, id);
      this.endUnwanted();
      await process.load();
    } catch (error) {
      await this.startFailed(version, id, error, tools.clock.monotonic() - began, previous !== null);
      throw error;
    } finally {
      this.loading = this.unwanted = null;
    }
    this.serve(process, began, Math.round(tools.clock.monotonic() - began), previous);
    return process;
  }

  /** `serving`: that a serving process is kept from starting is written down. */
  private async launcherFor(version: RegisteredVersion, serving: boolean) {
    const { extension, trust } = version;
    const { launcher, reason } = this.parts.isolation();
    const needed = await this.parts.minimumLevel(trust);
    if (launcher === null) throw rejected('SANDBOX_UNVERIFIED', { reason });
    if (this.parts.suffices(launcher.level, needed)) return launcher;
    const facts = { extension, trust, needed, reached: launcher.level, reason: reason ?? 'it is not needed by the others' };
    const blocked = `sandbox-level: ${trust} code needs ${needed}, this host reaches ${launcher.level}`;
    // Said once: each further call would leave another entry of a command that changed nothing.
    const isSaid = !serving || (this.state.status === 'blocked' && this.state.reason === blocked && this.state.version === version.version);
    if (!isSaid) await this.send({ type: 'BlockSandbox', data: { extension, version: version.version, reason: blocked } });
    throw rejected('SANDBOX_LEVEL_TOO_LOW', facts);
  }

  private async startFailed(
    version: RegisteredVersion,
    id: string,
    error: unknown,
    aliveMilliseconds: number,
    serving: boolean,
  ): Promise<void> {
    const detail = (error instanceof Rejection ? this.parts.words(error) : String(error)).slice(0, 500);
    const { extension, bundleHash } = version;
    if (error instanceof Rejection && error.code === 'SANDBOX_BUNDLE_CHANGED') {
      await this.send({
        type: 'QuarantineSandbox',
        data: { extension, version: version.version, bundleHash, cause: 'bundle-changed', reason: detail },
      });
      // Quarantine is of the extension, not of the version: what still serves an older one ends, too.
      void this.stop('restart', detail, 0);
      return;
    }
    const wished = this.wished(id);
    if (wished !== undefined) return this.report({ type: 'ReportSandboxStopped', data: { extension, process: id, ...wished } });
    if (serving) this.refusedBundle = bundleHash;
    const exit = this.loading === null ? NEVER_RAN : await this.loading.ended;
    await this.crashed(id, { ...exit, detail }, aliveMilliseconds);
  }

  private wished(id: string): Wish | undefined {
    const wish = this.ending.get(id);
    this.ending.delete(id);
    return wish;
  }

  private async ended(process: SandboxProcess, exit: ExitReason, aliveMilliseconds: number): Promise<void> {
    const served = this.current === process;
    if (served) this.current = null;
    const wished = this.wished(process.id);
    if (wished !== undefined) {
      await this.report({ type: 'ReportSandboxStopped', data: { extension: this.extension, process: process.id, ...wished } });
      return;
    }
    await this.crashed(process.id, exit, aliveMilliseconds);
    // What was in use comes back by itself; what never started waits for the next use.
    if (served && this.state.status === 'crashed') this.restartLater();
  }

  private async crashed(id: string, exit: ExitReason, aliveMilliseconds: number): Promise<void> {
    const { clock, random } = this.parts.tools;
    const retryAfterMilliseconds = backOff(this.state.record.consecutive + 1, random.next());
    this.retryAt = clock.monotonic() + retryAfterMilliseconds;
    await this.report({
      type: 'ReportSandboxCrash',
      data: { extension: this.extension, process: id, exit, aliveMilliseconds: Math.round(aliveMilliseconds), retryAfterMilliseconds },
    });
  }

  private restartLater(): void {
    this.retryTimer?.cancel();
    this.retryTimer = this.parts.tools.timers.after(this.millisecondsToRetry(), () => {
      if (this.isRunning) return;
      this.ready(() => this.parts.admittedAgain(this.tenant, this.extension), 0).catch((error: unknown) =>
        this.note('it could not be started again', error),
      );
    });
  }

  private async end(process: SandboxProcess, kind: StopKind, reason: string, graceMs: number = callLimits.graceMs): Promise<void> {
    this.ending.set(process.id, { kind, reason });
    if (graceMs === 0) {
      process.kill('stopped', reason);
      await process.ended;
    } else await process.stop(reason, graceMs);
    await this.reports;
  }

  /** Calls in hand finish on the old version; new ones go to the new version already. */
  private async drain(previous: SandboxProcess): Promise<void> {
    const { timers } = this.parts.tools;
    const longest = this.parts.resourcesOf(previous.version).callMilliseconds;
    this.draining.add(previous);
    void previous.ended.then(() => this.draining.delete(previous));
    let waited = 0;
    // Once in any case: a call that was just given this process may not have entered it yet.
    do {
      await timers.sleep(DRAIN_STEP_MS);
      waited += DRAIN_STEP_MS;
    } while (previous.busy > 0 && waited < longest);
    if (this.draining.has(previous)) await this.end(previous, 'upgrade', 'a newer version took over');
  }

  private refuseQuarantined(version: RegisteredVersion): void {
    if (this.state.status !== 'quarantined' || this.state.bundleHash !== version.bundleHash) return;
    throw rejected('SANDBOX_QUARANTINED', { extension: this.extension, reason: this.state.reason });
  }

  private async waitForBackOff(milliseconds: number, budgetMs: number): Promise<void> {
    if (milliseconds > budgetMs)
      throw rejected('SANDBOX_BACKING_OFF', { extension: this.extension, milliseconds: Math.ceil(milliseconds) });
    await this.parts.tools.timers.sleep(milliseconds, this.changes.signal).catch(() => undefined);
  }

  /** A start may take longer than its caller waits: it goes on for the next one. */
  private within<T>(milliseconds: number, late: () => Error, signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.parts.tools.timers.after(milliseconds, () => reject(late()));
      const abort = () => reject(rejected('SANDBOX_CANCELLED', {}));
      if (signal?.aborted === true) abort();
      signal?.addEventListener('abort', abort, { once: true });
      const over = () => {
        timer.cancel();
        signal?.removeEventListener('abort', abort);
      };
      work.then(resolve, reject).finally(over);
    });
  }

  private millisecondsToRetry(): number {
    return Math.max(0, this.retryAt - this.parts.tools.clock.monotonic());
  }

  /** In order, and never lost for a moment's trouble with the log. */
  private report(command: SupervisorCommand): Promise<void> {
    const commandId = this.parts.tools.ids.next();
    this.reports = this.reports
      .then(() => this.parts.persist(() => this.send(command, commandId)))
      .catch((error: unknown) => this.note('a report was lost', error));
    return this.reports;
  }

  private async send(command: SupervisorCommand, commandId = this.parts.tools.ids.next()): Promise<void> {
    this.know(await this.parts.send(this.tenant, command, commandId));
  }

  private note(message: string, error: unknown): void {
    const { tenant, extension } = this;
    this.parts.tools.logger.warn({ tenant, extension, reason: error instanceof Rejection ? error.code : String(error) }, message);
  }
}

interface Candidate {
  readonly process: SandboxProcess;
  /** Monotonic. */
  readonly began: number;
  readonly startMilliseconds: number;
}

const DRAIN_STEP_MS = 50;
/** What ends a version on trial as well: for the others it is none of their business. */
const TAKES_ALL: ReadonlySet<StopKind> = new Set(['shutdown', 'tenant', 'removed', 'level']);
const NEVER_RAN: ExitReason = { kind: 'load-failed', code: null, signal: null, detail: '' };

/** Aborts when nobody wants the call any more; before it has reached a handler it makes no difference how it was said. */
function leaving({ signal, cancel }: SandboxInvocation): AbortSignal | undefined {
  if (cancel === undefined) return signal;
  return signal === undefined ? cancel.signal : AbortSignal.any([signal, cancel.signal]);
}

function sameCode(running: RegisteredVersion, installed: RegisteredVersion): boolean {
  return running.version === installed.version && running.bundleHash === installed.bundleHash;
}

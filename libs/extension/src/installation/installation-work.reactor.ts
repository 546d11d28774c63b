// Does what the log says is open for an installation: a step, taking it back, a hook, a removal. What is open is read from the state, not
// from the event, so that a restart finds it again, a cancel ends it at once, and a repeat starts nothing twice.
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import {
  CLOCK,
  COMMAND_BUS,
  derivedId,
  idOf,
  rejected,
  Rejection,
  tenantOf,
  TIMERS,
  type Clock,
  type CommandBus,
  type RecordedEvent,
  type Timer,
  type Timers,
} from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { Reactor } from '@kari/platform/registry';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import { wording } from '@kari/protocol';
import type { ExtensionCommand } from '../lifecycle/extension.commands.js';
import type { ExtensionEventType } from '../lifecycle/extension.events.js';
import { openWorkOf, type OpenWork } from '../snapshot/installation.rules.js';
import { InstallationSnapshot, type InstallationEntry } from '../snapshot/installation-snapshot.js';
import { asFailure, inWordsOf } from './failure.js';
import { InstallSteps, type StepTarget } from './install-steps.js';
import { isHeld } from '../lifecycle/extension-state.rules.js';
import { UpgradeWork } from '../upgrade/upgrade-work.js';
import { Slots } from './slots.js';

const AT_ONCE = 8;
/** For hooks outside an install, and for taking back what is overdue. */
const LIMIT_MS = 60_000;
const SWEEP_EVERY_MS = 5_000;
/** How long after its deadline a step is given up by a process that does not work on it: its own was lost. */
const OVERDUE_AFTER_MS = 5_000;
const LONGEST_BACK_OFF_MS = 5_000;
const MOST_REFUSALS = 5;
/** Once begun, what takes something back or away goes to its end. */
const NEVER_UNWANTED: ReadonlySet<OpenWork['kind']> = new Set(['undo', 'removal', 'upgrade-undo']);

const principal = systemPrincipal('extension.installation');

interface Job {
  readonly work: OpenWork;
  readonly abort: AbortController;
  done: Promise<void>;
}

@Injectable()
export class InstallationWorkReactor implements Reactor, OnApplicationShutdown {
  readonly name = 'extension.installation-work';
  readonly runs = 'once';
  readonly handles = [
    'ExtensionInstallStepStarted',
    'ExtensionInstallFailed',
    'ExtensionInstallCancelled',
    'ExtensionInstallUndoStarted',
    'ExtensionEnabled',
    'ExtensionDisabled',
    'ExtensionRemovalStarted',
    'ExtensionUpgradeStepStarted',
    'ExtensionUpgradeFailed',
    'ExtensionUpgradeCancelled',
    'ExtensionUpgradeUndoStarted',
  ] as const satisfies readonly ExtensionEventType[];

  private readonly jobs = new Map<string, Job>();
  private readonly slots = new Slots(AT_ONCE);
  private readonly stopping = new AbortController();
  private sweeper: Timer | null = null;

  constructor(
    @Inject(InstallationSnapshot) private readonly snapshot: InstallationSnapshot,
    @Inject(InstallSteps) private readonly steps: InstallSteps,
    @Inject(UpgradeWork) private readonly upgrades: UpgradeWork,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    // A cancel must not wait until its event has come round through the reactor: work that is not wanted any more ends with the fold.
    snapshot.onChange((tenant, extension) => this.endUnwanted(tenant, extension));
  }

  async react(event: RecordedEvent): Promise<void> {
    await this.snapshot.reached(event.position);
    this.consider(tenantOf(event.stream), idOf(event.stream));
  }

  /** Takes up what a former run left open, and from then on what another process has lost. */
  start(): void {
    for (const entry of this.snapshot.knownEntries()) this.considerEntry(entry);
    this.sweeper ??= this.timers.every(SWEEP_EVERY_MS, () => this.sweep());
  }

  /** Ends the work in hand; what was open stays open in the log, for the next start. */
  async onApplicationShutdown(): Promise<void> {
    this.sweeper?.cancel();
    this.sweeper = null;
    this.stopping.abort(new Error('the platform is stopping'));
    await Promise.all([...this.jobs.values()].map((job) => job.done));
  }

  private sweep(): void {
    for (const entry of this.snapshot.knownEntries()) {
      const work = openWorkOf(entry.state);
      if (work === null) continue;
      const due = work.deadlineAt === null ? Date.parse(entry.changedAt) + LIMIT_MS : Date.parse(work.deadlineAt);
      if (due + OVERDUE_AFTER_MS < this.clock.now()) this.considerEntry(entry);
    }
  }

  private consider(tenant: string, extension: string): void {
    const entry = this.snapshot.known(tenant, extension);
    if (entry !== null) this.considerEntry(entry);
  }

  private considerEntry(entry: InstallationEntry): void {
    const key = keyOf(entry.tenant, entry.extension);
    const work = openWorkOf(entry.state);
    if (work === null || this.jobs.has(key) || this.stopping.signal.aborted) return;
    const job: Job = { work, abort: new AbortController(), done: Promise.resolve() };
    this.jobs.set(key, job);
    job.done = this.run(entry, job).finally(() => {
      this.jobs.delete(key);
      this.considerNext(entry, work);
    });
  }

  /** What became open while the job ran had to wait for its end. */
  private considerNext({ tenant, extension }: InstallationEntry, done: OpenWork): void {
    const entry = this.snapshot.known(tenant, extension);
    if (entry !== null && openWorkOf(entry.state)?.name !== done.name) this.considerEntry(entry);
  }

  private endUnwanted(tenant: string, extension: string): void {
    const job = this.jobs.get(keyOf(tenant, extension));
    if (job === undefined || NEVER_UNWANTED.has(job.work.kind)) return;
    const entry = this.snapshot.known(tenant, extension);
    const open = entry === null ? null : openWorkOf(entry.state);
    if (open?.name !== job.work.name) job.abort.abort(new Superseded());
  }

  private async run(entry: InstallationEntry, job: Job): Promise<void> {
    const { tenant, extension } = entry;
    try {
      const answer = await this.perform(entry, job);
      const unwanted = this.stopping.signal.aborted || job.abort.signal.aborted;
      // A stop is not an outcome: what it interrupts stays open. What is not wanted any more needs no word.
      if (answer !== null && !unwanted) await this.report(entry, job.work, answer);
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      this.logger.error({ error, tenant, extension, work: job.work.name }, 'work on an installation ended without a word about it');
    }
  }

  private async perform(entry: InstallationEntry, job: Job): Promise<ExtensionCommand | null> {
    const { state, extension } = entry;
    if (!isHeld(state)) return null;
    const occasion = job.work.name;
    const enable = state.status === 'installing' ? state.enable : false;
    const target: StepTarget = { tenant: entry.tenant, extension, occasion, correlationId: entry.correlationId, state, enable };
    if (job.work.kind === 'upgrade' || job.work.kind === 'upgrade-undo') {
      if (state.status !== 'enabled' && state.status !== 'disabled') return null;
      const { tenant, correlationId } = entry;
      return this.upgrades.perform({ tenant, extension, occasion, correlationId }, state, (milliseconds, work) =>
        this.bounded(target, job, milliseconds, work),
      );
    }
    switch (state.status) {
      case 'installing':
        return this.step(target, job);
      case 'undoing': {
        const { running: step, install } = state;
        if (step === null) return null;
        const trouble = await this.bounded(target, job, LIMIT_MS, (signal) => this.steps.undo(step, target, signal)).catch(inWordsOf);
        return { type: 'CompleteInstallUndo', data: { extension, install, step, trouble } };
      }
      case 'removing': {
        const { removal, wasEnabled } = state;
        const leaving = this.bounded(target, job, LIMIT_MS, (signal) => this.steps.leave(target, wasEnabled, signal));
        const troubles = await leaving.catch((error: unknown) => [inWordsOf(error)]);
        return { type: 'CompleteRemoval', data: { extension, removal, troubles: [...troubles] } };
      }
      case 'enabled': {
        const failure = await this.bounded(target, job, LIMIT_MS, (signal) => this.steps.activate(target, signal)).then(
          () => null,
          asFailure,
        );
        // Under safe boot the hook stays open: the next ordinary start runs it.
        if (failure?.code === 'EXTENSION_SAFE_BOOT') return null;
        return { type: 'ReportActivation', data: { extension, failure } };
      }
      case 'disabled': {
        const trouble = await this.bounded(target, job, LIMIT_MS, (signal) => this.steps.deactivate(target, signal)).catch(inWordsOf);
        return { type: 'ReportDeactivation', data: { extension, trouble } };
      }
      case 'failed':
        return null;
    }
  }

  private async step(target: StepTarget, job: Job): Promise<ExtensionCommand | null> {
    const { state, extension } = target;
    if (state.status !== 'installing') return null;
    const step = state.started[state.completed.length];
    if (step === undefined || job.work.deadlineAt === null) return null;
    const { install } = state;
    const left = Date.parse(job.work.deadlineAt) - this.clock.now();
    try {
      const detail = await this.bounded(target, job, left, (signal) => this.steps.run(step, target, signal));
      return { type: 'CompleteInstallStep', data: { extension, install, step, detail } };
    } catch (error) {
      const failure = asFailure(error);
      if (failure.code === 'EXTENSION_STEP_FAILED')
        this.logger.warn({ error, tenant: target.tenant, extension, step }, 'a step of an install failed');
      return { type: 'FailInstallStep', data: { extension, install, step, ...failure } };
    }
  }

  /** Work that ends at its deadline, when it is not wanted any more or at the platform's stop, whether it listens or not. */
  private async bounded<T>(target: StepTarget, job: Job, milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController();
    const signal = AbortSignal.any([job.abort.signal, late.signal, this.stopping.signal]);
    const deadline = rejected('EXTENSION_STEP_DEADLINE', { extension: target.extension, milliseconds: Math.max(0, milliseconds) });
    if (milliseconds <= 0) throw deadline;
    const timer = this.timers.after(milliseconds, () => late.abort(deadline));
    const bounding = (): Promise<T> => raced(signal, work);
    try {
      // Waiting for another install would keep that one out: looking at dependencies takes no slot.
      return await (job.work.name.endsWith('/dependencies') ? bounding() : this.slots.hold(signal, bounding));
    } finally {
      timer.cancel();
    }
  }

  private async report({ tenant, correlationId }: InstallationEntry, work: OpenWork, command: ExtensionCommand): Promise<void> {
    const commandId = derivedId(tenant, work.name, command.type);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.bus.send(command, { principal, tenant, correlationId, commandId });
        return;
      } catch (error) {
        const passing = !(error instanceof Rejection) || wording(error.code, error.facts).kind === 'unavailable';
        if (!passing && attempt >= MOST_REFUSALS) throw error;
        await this.timers.sleep(Math.min(100 * 2 ** attempt, LONGEST_BACK_OFF_MS), this.stopping.signal);
      }
    }
  }
}

/** The log wants something else by now. */
class Superseded extends Error {
  constructor() {
    super('this is not wanted any more');
    this.name = 'Superseded';
  }
}

function keyOf(tenant: string, extension: string): string {
  return `${tenant}~${extension}`;
}

function raced<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) return aborted();
    signal.addEventListener('abort', aborted, { once: true });
    work(signal)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', aborted));
  });
}

// One process of one extension version: loads it, calls it under deadlines, serves its broker calls, watches it, ends it. It never restarts
// anything; that is the slot's business.
import { rejected, Rejection, type Timer } from '@kari/kernel';
import {
  BrokerError,
  frameLimits,
  parseLoadResult,
  protocolVersion,
  UnsendableError,
  type BrokerErrorShape,
  type InvocationContext,
  type InvokeParams,
} from '@kari/protocol/broker';
import { declaredHandlers, undeclaredRoutes } from '@kari/protocol/manifest';
import type { RegisteredVersion } from '@kari/extension/contract';
import type { BrokerBinding, OpenInvocation } from '../broker/broker.js';
import type { SandboxInvocation, SandboxWire } from '../contract.js';
import type { ExitReason, KillReason } from '../launcher/exit-reason.rules.js';
import type { LaunchedProcess, ResourceUse } from '../launcher/launcher.port.js';
import type { ResourceClass } from '../launcher/resource-class.rules.js';
import { CallGate } from './call-gate.js';
import { countsAsMissed, isFair } from './deadline.rules.js';
import type { SupervisorTools } from './ports.js';
import { ProcessEnded, SandboxChannel } from './sandbox-channel.js';
import { SandboxLog } from './sandbox-log.js';
import { SandboxWatch } from './sandbox-watch.js';

export const callLimits = { startMs: 5000, queue: 256, missedDeadlines: 2, depth: 8, graceMs: 5000 } as const;

const SLOW_MS = 50;

export interface ProcessOptions {
  readonly tenant: string;
  readonly version: RegisteredVersion;
  readonly resources: ResourceClass;
  readonly config: Readonly<Record<string, unknown>>;
  readonly launched: LaunchedProcess;
}

export class SandboxProcess {
  readonly id: string;
  readonly pid: number;
  readonly level: LaunchedProcess['level'];
  readonly version: RegisteredVersion;
  readonly ended: Promise<ExitReason>;
  private readonly channel: SandboxChannel;
  private readonly gate = new CallGate(frameLimits.inFlight, callLimits.queue);
  private readonly invocations = new Map<string, OpenInvocation>();
  private readonly log: SandboxLog;
  private watch: SandboxWatch | null = null;
  private handlers: ReadonlySet<string> = new Set();
  private missed = 0;
  /** Calls it was sent and has not answered, those included that nobody waits for any more: they may still hold its main thread. */
  private unanswered = 0;
  private lastUsed: number;
  private stopping: string | null = null;

  constructor(
    private readonly options: ProcessOptions,
    private readonly tools: SupervisorTools,
  ) {
    const { launched, version } = options;
    this.id = launched.process;
    this.pid = launched.pid;
    this.level = launched.level;
    this.version = version;
    this.ended = launched.ended;
    this.lastUsed = tools.clock.monotonic();
    this.log = new SandboxLog(({ level, message }) => this.logged(level, message, 'console'), tools.clock.monotonic());
    launched.onLog((chunk) => this.log.push(chunk, tools.clock.monotonic()));
    const binding = this.binding();
    this.channel = new SandboxChannel(
      launched,
      {
        onCall: (method, params, signal) => tools.broker.call(binding, method, params, signal),
        onNotification: (method, params) => tools.broker.notify(binding, method, params),
        onFault: (fault) => this.logged('error', `ended for breaking the protocol: ${fault.message}`, 'host'),
      },
      tools.clock,
      tools.timers,
    );
    void launched.ended.then(() => this.close());
  }

  /** Calls in hand and waiting. */
  get busy(): number {
    return this.gate.busy;
  }

  get idleMilliseconds(): number {
    return this.busy > 0 ? 0 : this.tools.clock.monotonic() - this.lastUsed;
  }

  use(): ResourceUse | null {
    return this.watch?.use() ?? null;
  }

  offers(handler: string): boolean {
    return this.handlers.has(handler);
  }

  async invoke(invocation: SandboxInvocation): Promise<unknown> {
    const { clock, timers } = this.tools;
    const { extension, handler } = invocation;
    const milliseconds = Math.min(invocation.deadlineMs ?? Infinity, this.options.resources.callMilliseconds);
    const deadline = clock.monotonic() + milliseconds;
    const controller = new AbortController();
    const abort = () => controller.abort(rejected('SANDBOX_CANCELLED', {}));
    if (invocation.signal?.aborted === true) abort();
    invocation.signal?.addEventListener('abort', abort, { once: true });
    const late = (after: number) => controller.abort(rejected('SANDBOX_DEADLINE', { extension, handler, milliseconds: after }));
    const timer = timers.after(milliseconds, () => late(milliseconds));
    const { cancel } = invocation;
    let grace: Timer | null = null;
    let isInside = false;
    const ask = () => (isInside && cancel !== undefined ? (grace = timers.after(cancel.graceMs, () => late(cancel.graceMs))) : abort());
    if (cancel?.signal.aborted === true) abort();
    cancel?.signal.addEventListener('abort', ask, { once: true });
    const room = this.gate.enter(controller.signal);
    try {
      if (room === null) throw rejected('SANDBOX_BUSY', { extension, waiting: callLimits.queue });
      await room;
      isInside = true;
      return await this.perform(invocation, deadline, controller.signal).finally(() => this.gate.leave());
    } catch (error) {
      throw this.asRejection(error, invocation);
    } finally {
      timer.cancel();
      (grace as Timer | null)?.cancel();
      invocation.signal?.removeEventListener('abort', abort);
      cancel?.signal.removeEventListener('abort', ask);
      this.lastUsed = clock.monotonic();
    }
  }

  /** Calls in hand and waiting may finish within the grace, then `shutdown`, then SIGKILL; resolves when the process is gone. */
  async stop(reason: string, graceMs: number = callLimits.graceMs): Promise<void> {
    this.stopping ??= reason;
    const timer = this.tools.timers.after(graceMs, () => this.kill('stopped'));
    await Promise.race([this.gate.whenEmpty(), this.ended]);
    this.channel.call('shutdown', { graceMs }).catch(() => undefined);
    await this.ended;
    timer.cancel();
  }

  kill(reason: KillReason, words?: string): void {
    if (reason === 'stopped') this.stopping ??= words ?? 'stopped';
    this.options.launched.kill(reason);
  }

  /** Resolves once it is loaded and answers; otherwise the process has been ended. Throws `Rejection` SANDBOX_*. */
  async load(): Promise<void> {
    const { tenant, version, resources, config } = this.options;
    const { extension } = version;
    const startTimer = this.tools.timers.after(callLimits.startMs, () => this.kill('start-timeout'));
    try {
      await this.channel.call('ping', {});
      startTimer.cancel();
      this.watch = new SandboxWatch(
        {
          launched: this.options.launched,
          resources,
          ping: () => this.channel.call('ping', {}),
          isHeld: () => this.channel.isHeld,
          isInCall: () => this.unanswered > 0,
        },
        this.tools,
      );
      const loadTimer = this.tools.timers.after(resources.callMilliseconds, () => this.kill('start-timeout'));
      const answer = await this.channel
        .call('load', { protocol: protocolVersion, extension: { id: extension, version: version.version }, config })
        .finally(() => loadTimer.cancel());
      const { protocol, handlers } = parseLoadResult(answer);
      if (protocol !== protocolVersion) throw rejected('SANDBOX_PROTOCOL_MISMATCH', { extension, theirs: protocol, ours: protocolVersion });
      const missing = declaredHandlers(version.manifest).filter((handler) => !handlers.includes(handler));
      if (missing.length > 0) throw rejected('SANDBOX_HANDLER_MISSING', { extension, handlers: missing });
      const undeclared = undeclaredRoutes(version.manifest, handlers);
      if (undeclared.length > 0) throw rejected('SANDBOX_HANDLER_UNDECLARED', { extension, handlers: undeclared });
      this.handlers = new Set(handlers);
    } catch (error) {
      startTimer.cancel();
      this.tools.logger.warn({ tenant, extension, reason: String(error) }, 'a sandbox did not start');
      this.kill(error instanceof Rejection && error.code === 'SANDBOX_HANDLER_MISSING' ? 'handler-missing' : 'load-failed');
      const exit = await this.ended;
      if (this.stopping !== null) throw rejected('SANDBOX_STOPPED', { extension, reason: this.stopping });
      if (error instanceof Rejection) throw error;
      const reason = error instanceof ProcessEnded ? exit.detail : error instanceof Error ? error.message : String(error);
      throw rejected('SANDBOX_START_FAILED', { extension, reason: reason.slice(0, 500) });
    }
  }

  private async perform(invocation: SandboxInvocation, deadline: number, signal: AbortSignal): Promise<unknown> {
    const id = this.tools.ids.next();
    const { handler, input, context, depth, extension } = invocation;
    if (!this.handlers.has(handler)) throw rejected('SANDBOX_NO_HANDLER', { extension, handler });
    const full: InvocationContext = {
      ...context,
      invocation: id,
      tenant: this.options.tenant,
      deadlineMs: Math.max(0, Math.round(deadline - this.tools.clock.monotonic())),
    };
    // Only a call that takes long is worth a look at the kernel's counters.
    let before: ResourceUse | null = null;
    const look = this.tools.timers.after(SLOW_MS, () => (before = this.options.launched.use()));
    this.invocations.set(id, { context: full, depth, deadline, signal });
    try {
      signal.throwIfAborted();
      const send = (sent: unknown) => this.send({ handler, input: sent, context: full }, signal, invocation.cancel?.signal);
      return await (invocation.exchange?.(this.wire(send, signal)) ?? send(input));
    } catch (error) {
      if (error instanceof Rejection && error.code === 'SANDBOX_DEADLINE') this.missedDeadline(Number(error.facts['milliseconds']), before);
      throw error;
    } finally {
      look.cancel();
      this.invocations.delete(id);
    }
  }

  private wire(send: SandboxWire['send'], signal: AbortSignal): SandboxWire {
    return {
      signal,
      send,
      open: () => this.channel.openStream(),
      read: (id) => this.channel.readStream(id),
    };
  }

  private async send(call: InvokeParams, signal: AbortSignal, cancel: AbortSignal | undefined): Promise<unknown> {
    this.unanswered += 1;
    try {
      return await this.channel.call('invoke', call, signal, () => this.answered(), cancel);
    } catch (error) {
      if (error instanceof UnsendableError) this.unanswered -= 1;
      throw error;
    }
  }

  private answered(): void {
    this.unanswered -= 1;
    this.watch?.callFinished();
  }

  /** The first miss costs the caller its answer, the second the process its life. */
  private missedDeadline(milliseconds: number, before: ResourceUse | null): void {
    const classMilliseconds = this.options.resources.callMilliseconds;
    if (isFair(milliseconds, classMilliseconds)) this.watch?.deadlinePassed();
    const starved = SandboxWatch.starvedBetween(before, this.options.launched.use(), milliseconds);
    if (!countsAsMissed({ milliseconds, classMilliseconds, starved })) return;
    this.missed += 1;
    if (this.missed >= callLimits.missedDeadlines) this.kill('deadline');
  }

  private asRejection(error: unknown, { extension, handler }: SandboxInvocation): Error {
    if (error instanceof Rejection) return error;
    if (error instanceof UnsendableError) return rejected('SANDBOX_INPUT_UNSENDABLE', { reason: error.message });
    if (error instanceof ProcessEnded) {
      return this.stopping !== null
        ? rejected('SANDBOX_STOPPED', { extension, reason: this.stopping })
        : rejected('SANDBOX_CRASHED', { extension, reason: error.message });
    }
    if (!(error instanceof BrokerError)) return error as Error;
    return rejected('PLUGIN_FAILED', failureFacts(error, extension, handler));
  }

  private close(): void {
    this.watch?.stop();
    this.log.end();
  }

  private binding(): BrokerBinding {
    const { tenant, version } = this.options;
    return {
      tenant,
      extension: version.extension,
      version: version.version,
      manifest: version.manifest,
      invocation: (id) => this.invocations.get(id) ?? null,
      ownDeadlineMs: this.options.resources.callMilliseconds,
      openStream: () => this.channel.openStream(),
      readStream: (id) => this.channel.readStream(id),
      logged: (level, message, correlationId, fields) => this.logged(level, message, 'log', correlationId, fields),
    };
  }

  private logged(
    level: 'debug' | 'info' | 'warn' | 'error',
    message: string,
    source: 'log' | 'console' | 'host',
    correlationId: string | null = null,
    fields?: Readonly<Record<string, unknown>>,
  ): void {
    const { tenant, version } = this.options;
    const line = { tenant, extension: version.extension, version: version.version, level, message, correlationId, source };
    this.tools.observer.logged(fields === undefined ? line : { ...line, fields });
  }
}

/** What an extension says of its own failure: its words, bounded; facts are shown as data, never interpreted. */
function failureFacts(error: BrokerErrorShape, extension: string, handler: string): Readonly<Record<string, unknown>> {
  return {
    plugin: handler.replace(/^plugin:/, ''),
    extension,
    code: (error.reason ?? error.code).slice(0, 100),
    message: error.message.slice(0, 500),
    ...(error.facts === undefined ? {} : { details: error.facts }),
  };
}

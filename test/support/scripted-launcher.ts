// A launcher whose processes are scripts in this very process: for what must be seen at the exact moment, on a clock that stands still.
import type { Timers } from '@kari/kernel';
import { LineReader, Peer, protocolVersion } from '@kari/protocol/broker';
import type { ExitReason, KillReason } from '../../libs/sandbox/src/launcher/exit-reason.rules.js';
import type { LaunchedProcess, Launcher, LaunchOrder, MainThread, ResourceUse } from '../../libs/sandbox/src/launcher/launcher.port.js';

/** What a process does when it is asked; each part may be changed while it runs. */
export interface Script {
  handlers: readonly string[];
  protocol: number;
  /** Its main thread does nothing any more: no pong, no answer. */
  stuck: boolean;
  loads: boolean;
  obeysShutdown: boolean;
  invoke(handler: string, input: unknown, signal: AbortSignal): Promise<unknown>;
}

export const NEVER = new Promise<never>(() => undefined);

export class ScriptedProcess implements LaunchedProcess {
  readonly level: LaunchedProcess['level'];
  readonly process: string;
  readonly ended: Promise<ExitReason>;
  readonly script: Script;
  /** Methods of the host's frames, with the moment each came. */
  readonly heard: { readonly method: string; readonly at: number }[] = [];
  killedAt: number | null = null;
  /** Its main thread's time by the kernel's count, added to whenever the clock moves. */
  schedule: (elapsedMs: number) => MainThread = (elapsedMs) => ({ ranMs: elapsedMs, waitedMs: 0, runnable: true });
  private readonly lines = new LineReader();
  private readonly peer: Peer;
  private readonly listeners = new Set<(chunk: Uint8Array) => void>();
  private readonly bornAt: number;
  private over: ((exit: ExitReason) => void) | null = null;

  constructor(
    order: LaunchOrder,
    readonly pid: number,
    level: LaunchedProcess['level'],
    script: Partial<Script>,
    private readonly now: () => number,
  ) {
    this.process = order.process;
    this.level = level;
    this.bornAt = now();
    this.script = {
      handlers: ['plugin:note.do'],
      protocol: protocolVersion,
      stuck: false,
      loads: true,
      obeysShutdown: true,
      invoke: (_, input) => Promise.resolve(input),
      ...script,
    };
    this.ended = new Promise((resolve) => (this.over = resolve));
    this.peer = new Peer({
      send: (line) => this.listeners.forEach((listener) => listener(line)),
      onCall: (method, params, signal) => this.serve(method, params, signal),
      onNotification: () => undefined,
      inFlight: Infinity,
    });
  }

  write(chunk: Uint8Array): void {
    for (const line of this.lines.push(chunk)) {
      const { method } = JSON.parse(Buffer.from(line).toString()) as { method?: string };
      if (method !== undefined) this.heard.push({ method, at: this.now() });
      if (!this.script.stuck && this.over !== null) this.peer.receive(line);
    }
  }

  /** Ends by itself. */
  exit(code = 1, kind: ExitReason['kind'] = 'exited'): void {
    this.end({ kind, code, signal: null, detail: `it ended by itself with exit code ${code}` });
  }

  kill(reason: KillReason): void {
    this.killedAt ??= this.now();
    this.end({ kind: reason, code: 137, signal: 'SIGKILL', detail: `killed: ${reason}` });
  }

  onOutput(listener: (chunk: Uint8Array) => void): void {
    this.listeners.add(listener);
  }

  use(): ResourceUse | null {
    if (this.over === null) return null;
    const mainThread = this.schedule(this.now() - this.bornAt);
    return { cpuMilliseconds: 0, memoryBytes: 1, mainThread };
  }

  onLog(): void {}
  pause(): void {}
  resume(): void {}
  freeze(): boolean {
    return false;
  }

  private async serve(method: string, params: unknown, signal: AbortSignal): Promise<unknown> {
    switch (method) {
      case 'ping':
        return {};
      case 'load':
        return this.script.loads ? { protocol: this.script.protocol, handlers: this.script.handlers } : NEVER;
      case 'shutdown':
        if (!this.script.obeysShutdown) return NEVER;
        queueMicrotask(() => this.exit(0));
        return {};
      default: {
        const { handler, input } = params as { handler: string; input: unknown };
        return this.script.invoke(handler, input, signal);
      }
    }
  }

  private end(exit: ExitReason): void {
    const over = this.over;
    this.over = null;
    over?.(exit);
  }
}

export class ScriptedLauncher implements Launcher {
  readonly launched: ScriptedProcess[] = [];
  /** Of the processes to come. */
  script: Partial<Script> = {};
  /** Instead of a process. */
  refuses: Error | null = null;

  constructor(
    private readonly clock: Timers & { monotonic(): number },
    readonly level: LaunchedProcess['level'] = 'L2',
  ) {}

  get last(): ScriptedProcess {
    const last = this.launched.at(-1);
    if (last === undefined) throw new Error('nothing was launched');
    return last;
  }

  launch(order: LaunchOrder): Promise<LaunchedProcess> {
    if (this.refuses !== null) return Promise.reject(this.refuses);
    const process = new ScriptedProcess(order, 1000 + this.launched.length, this.level, this.script, () => this.clock.monotonic());
    this.launched.push(process);
    return Promise.resolve(process);
  }
}

// The pipe to one sandbox: frames in and out under the limits of the protocol. A fault ends the process; a flood is slowed by not reading.
import type { Clock, Timers } from '@kari/kernel';
import {
  frameLimits,
  isStreamMethod,
  LineReader,
  Peer,
  ProtocolFault,
  Streams,
  type IncomingStream,
  type OutgoingStream,
} from '@kari/protocol/broker';
import { TokenBucket } from '../broker/token-bucket.js';
import type { LaunchedProcess } from '../launcher/launcher.port.js';

/** What open calls meet when the process is gone; never mistaken for an error that the extension answered. */
export class ProcessEnded extends Error {}

export interface ChannelHandlers {
  onCall(method: string, params: unknown, signal: AbortSignal): Promise<unknown>;
  onNotification(method: string, params: unknown): void;
  /** Told before the process is killed for it. */
  onFault(fault: ProtocolFault): void;
}

export class SandboxChannel {
  private readonly peer: Peer;
  private readonly streams: Streams;
  private readonly lines = new LineReader();
  private readonly rate: TokenBucket;
  private readonly unread: Uint8Array[] = [];
  private heldUntil = 0;
  private held = false;
  private closed = false;

  constructor(
    private readonly launched: LaunchedProcess,
    private readonly handlers: ChannelHandlers,
    private readonly clock: Clock,
    private readonly timers: Timers,
  ) {
    this.rate = new TokenBucket(frameLimits.callsPerSecond, frameLimits.burst, clock.monotonic());
    this.peer = new Peer({
      send: (line) => launched.write(line),
      onCall: (method, params, signal) => this.called(method, params, signal),
      onNotification: (method, params) => this.notified(method, params),
      onOverflow: () => {
        this.count();
        this.hold(1);
      },
    });
    this.streams = new Streams('host', (method, params) => this.peer.notify(method, params));
    launched.onOutput((chunk) => this.arrived(chunk));
    void launched.ended.then((reason) => this.close(new ProcessEnded(reason.detail)));
  }

  /** Whether its answers wait unread because it called too often. */
  get isHeld(): boolean {
    return this.held;
  }

  /** `answered`: told when the process has answered, even when nobody waits for that any more. */
  call(method: string, params: unknown, signal?: AbortSignal, answered?: () => void, asked?: AbortSignal): Promise<unknown> {
    return this.peer.call(method, params, signal, answered, asked);
  }

  openStream(): OutgoingStream {
    return this.streams.open();
  }

  readStream(id: number): IncomingStream {
    return this.streams.read(id);
  }

  close(error: Error): void {
    if (this.closed) return;
    this.closed = true;
    this.peer.end(error);
    this.streams.end(error);
  }

  private arrived(chunk: Uint8Array): void {
    if (this.closed) return;
    if (this.held) {
      this.unread.push(chunk);
      return;
    }
    try {
      for (const line of this.lines.push(chunk)) {
        // Lines of a chunk in hand are still served when the bucket runs dry within it: a chunk is 64 KiB at most.
        this.peer.receive(line);
        if (this.closed) return;
      }
    } catch (error) {
      this.fault(error);
    }
  }

  private called(method: string, params: unknown, signal: AbortSignal): Promise<unknown> {
    this.count();
    return this.handlers.onCall(method, params, signal);
  }

  private notified(method: string, params: unknown): void {
    // Chunks are bounded by credit; everything else by the rate.
    if (isStreamMethod(method)) return this.streams.receive(method, params);
    this.count();
    this.handlers.onNotification(method, params);
  }

  private count(): void {
    const debtMs = this.rate.take(this.clock.monotonic());
    if (debtMs > 0) this.hold(debtMs);
  }

  /** Stops reading for that long: the pipe fills and the extension waits in its own write. */
  private hold(milliseconds: number): void {
    this.heldUntil = Math.max(this.heldUntil, this.clock.monotonic() + milliseconds);
    if (this.held) return;
    this.held = true;
    this.launched.pause();
    this.releaseLater();
  }

  private releaseLater(): void {
    this.timers.after(Math.max(1, this.heldUntil - this.clock.monotonic()), () => {
      if (this.clock.monotonic() < this.heldUntil) return this.releaseLater();
      this.held = false;
      for (let chunk = this.unread.shift(); chunk !== undefined && !this.held; chunk = this.unread.shift()) this.arrived(chunk);
      if (!this.held) this.launched.resume();
    });
  }

  private fault(error: unknown): void {
    const fault = error instanceof ProtocolFault ? error : new ProtocolFault('frame', 'the frame could not be handled');
    this.handlers.onFault(fault);
    this.close(new ProcessEnded(`it broke the rules of the pipe: ${fault.message}`));
    this.launched.kill('protocol');
  }
}

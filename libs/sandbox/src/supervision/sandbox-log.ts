// What an extension writes to stderr, as lines for its tenant: bounded in rate and length, control characters made visible, so that a log view
// or a terminal shows text and nothing else.
import { visible } from '@kari/protocol';

export const logLimits = { bytesPerSecond: 64 * 1024, lineBytes: 8 * 1024 } as const;

type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
}

const NEWLINE = 0x0a;
/** Prefixes of sd-daemon(3), as the runner's console writes them; the engine's own output has none. */
const PREFIX = /^<([0-7])>/;

export class SandboxLog {
  private pending: Buffer = Buffer.alloc(0);
  private windowStart: number;
  private windowBytes = 0;
  private dropped = 0;

  constructor(
    private readonly emit: (line: LogLine) => void,
    now: number,
  ) {
    this.windowStart = now;
  }

  push(chunk: Uint8Array, now: number): void {
    if (now - this.windowStart >= 1000) this.newWindow(now);
    const room = Math.max(0, logLimits.bytesPerSecond - this.windowBytes);
    const taken = chunk.subarray(0, room);
    this.windowBytes += taken.length;
    this.dropped += chunk.length - taken.length;
    this.pending = Buffer.concat([this.pending, taken]);
    for (let end = this.pending.indexOf(NEWLINE); end !== -1; end = this.pending.indexOf(NEWLINE)) {
      this.line(this.pending.subarray(0, end));
      this.pending = this.pending.subarray(end + 1);
    }
    while (this.pending.length > logLimits.lineBytes) {
      this.line(this.pending.subarray(0, logLimits.lineBytes));
      this.pending = this.pending.subarray(logLimits.lineBytes);
    }
  }

  /** What is left when the process has ended. */
  end(): void {
    if (this.pending.length > 0) this.line(this.pending);
    this.pending = Buffer.alloc(0);
    this.tellDropped();
  }

  private newWindow(now: number): void {
    this.windowStart = now;
    this.windowBytes = 0;
    this.tellDropped();
  }

  private tellDropped(): void {
    if (this.dropped > 0)
      this.emit({ level: 'warn', message: `${this.dropped} bytes of output were dropped: more than ${logLimits.bytesPerSecond} a second` });
    this.dropped = 0;
  }

  private line(bytes: Buffer): void {
    for (let start = 0; start < bytes.length; start += logLimits.lineBytes) this.piece(bytes.subarray(start, start + logLimits.lineBytes));
  }

  private piece(bytes: Buffer): void {
    const text = bytes.toString('utf8');
    const prefix = PREFIX.exec(text);
    const message = visible(prefix === null ? text : text.slice(prefix[0].length));
    if (message !== '') this.emit({ level: levelOf(prefix?.[1]), message });
  }
}

function levelOf(priority: string | undefined): LogLevel {
  if (priority === undefined || priority === '4') return 'warn';
  if (priority < '4') return 'error';
  return priority === '7' ? 'debug' : 'info';
}

// Cuts a byte stream into lines without ever holding more than one frame's worth of unfinished bytes.
import { ProtocolFault } from './errors.js';
import { frameLimits } from './limits.js';

const NEWLINE = 0x0a;

export class LineReader {
  private readonly pending: Uint8Array[] = [];
  private pendingBytes = 0;

  constructor(private readonly longest: number = frameLimits.bytes) {}

  /** The whole lines that the chunk completes; throws `ProtocolFault` once a line grows beyond the limit. */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.complete(chunk.subarray(start, end));
      start = end + 1;
      if (line.length > 0) yield line;
    }
    const rest = chunk.subarray(start);
    if (this.pendingBytes + rest.length > this.longest) throw tooLong(this.longest);
    if (rest.length === 0) return;
    // A true copy (slice of a Buffer is not): the caller may reuse its memory.
    this.pending.push(new Uint8Array(rest));
    this.pendingBytes += rest.length;
  }

  private complete(tail: Uint8Array): Uint8Array {
    const length = this.pendingBytes + tail.length;
    if (length > this.longest) throw tooLong(this.longest);
    if (this.pendingBytes === 0) return tail;
    const line = new Uint8Array(length);
    let offset = 0;
    for (const piece of this.pending) {
      line.set(piece, offset);
      offset += piece.length;
    }
    line.set(tail, offset);
    this.pending.length = 0;
    this.pendingBytes = 0;
    return line;
  }
}

function tooLong(longest: number): ProtocolFault {
  return new ProtocolFault('size', `more than ${longest} bytes without a newline`);
}

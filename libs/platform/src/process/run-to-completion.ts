// Runs a short program to its end and answers what it said; past its time or its amount of output it is killed with all it started.
import type { Readable } from 'node:stream';
import { systemTimers } from '../time/index.js';
import { spawnOwned, type Exit, type OwnedOptions } from './spawn-owned.js';

export interface CompletionOptions extends Omit<OwnedOptions, 'stdio'> {
  readonly timeoutMs: number;
  /** Most bytes kept of each output; more ends the program. Default 1 MiB. */
  readonly maxOutputBytes?: number;
  readonly input?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

export interface Completion extends Exit {
  readonly stdout: string;
  readonly stderr: string;
  readonly ended: 'itself' | 'timeout' | 'too-much-output' | 'aborted';
}

const MEBIBYTE = 1024 * 1024;

/** Throws `SpawnRefused`; an exit code other than 0 is an answer, not an error. */
export async function runToCompletion(file: string, args: readonly string[], options: CompletionOptions): Promise<Completion> {
  const child = spawnOwned(file, args, { ...options, stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
  let ended: Completion['ended'] = 'itself';
  const end = (reason: Completion['ended']) => () => {
    if (ended === 'itself') ended = reason;
    child.kill();
  };
  const limit = options.maxOutputBytes ?? MEBIBYTE;
  const stdout = collect(child.stdout, limit, end('too-much-output'));
  const stderr = collect(child.stderr, limit, end('too-much-output'));
  const timer = systemTimers.after(options.timeoutMs, end('timeout'));
  const abort = end('aborted');
  options.signal?.addEventListener('abort', abort, { once: true });
  if (options.signal?.aborted === true) abort();
  child.stdin?.end(options.input);
  try {
    const exit = await child.exited;
    return { ...exit, stdout: stdout(), stderr: stderr(), ended };
  } finally {
    timer.cancel();
    options.signal?.removeEventListener('abort', abort);
  }
}

function collect(stream: Readable | null, limit: number, overflow: () => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    if (size + chunk.length > limit) {
      overflow();
      return;
    }
    size += chunk.length;
    chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

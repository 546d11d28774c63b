// One end of the pipe: numbers its own calls, matches answers to them, and hands the other side's calls on. No I/O and no clock of its own.
import { asBrokerError, BrokerError, fromWireError, ProtocolFault, toWireError } from './errors.js';
import { parseCancelParams } from './calls.js';
import { decodeFrame, encodeFrame, type Frame } from './frames.js';
import { frameLimits } from './limits.js';

export interface PeerOptions {
  /** Writes one line. */
  send(line: Uint8Array): void;
  /** Answers a call of the other side; what it throws becomes the typed error of the answer. */
  onCall(method: string, params: unknown, signal: AbortSignal): Promise<unknown>;
  onNotification(method: string, params: unknown): void;
  /** A call was refused because too many wait already. */
  onOverflow?(): void;
  /** Calls of the other side beyond this many unanswered ones are answered LIMIT. Default 32. */
  readonly inFlight?: number;
}

interface OpenCall {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

export class Peer {
  private readonly open = new Map<number, OpenCall>();
  private readonly serving = new Map<number, AbortController>();
  private nextId = 1;
  private strays = 0;
  private ended: Error | null = null;

  constructor(private readonly options: PeerOptions) {}

  /** Calls of the other side that wait for an answer. */
  get inFlight(): number {
    return this.serving.size;
  }

  /** Own calls that wait for an answer. */
  get outstanding(): number {
    return this.open.size;
  }

  /**
   * Rejects with the other side's `BrokerError`, or the signal's reason; aborting also sends `cancel`. `answered` is told once the other side
   * has answered, even when nobody waits for that any more. Aborting `asked` sends `cancel` as well, and the call still waits for its answer.
   */
  async call(
    method: string,
    params: unknown,
    signal?: AbortSignal,
    answered: () => void = () => undefined,
    asked?: AbortSignal,
  ): Promise<unknown> {
    if (this.ended !== null) throw this.ended;
    if (signal?.aborted === true) throw reasonOf(signal);
    const id = this.nextId;
    const line = encodeFrame({ kind: 'request', id, method, params });
    this.nextId += 1;
    return new Promise<unknown>((resolve, reject) => {
      const abort = () => {
        // The id stays open: its late answer is expected, not stray.
        this.open.set(id, { resolve: answered, reject: answered });
        asked?.removeEventListener('abort', ask);
        this.notify('cancel', { id });
        reject(reasonOf(signal));
      };
      const ask = () => this.notify('cancel', { id });
      const settled = () => {
        signal?.removeEventListener('abort', abort);
        asked?.removeEventListener('abort', ask);
      };
      this.open.set(id, {
        resolve: (result) => (settled(), answered(), resolve(result)),
        reject: (error) => (settled(), answered(), reject(error)),
      });
      signal?.addEventListener('abort', abort, { once: true });
      asked?.addEventListener('abort', ask, { once: true });
      this.options.send(line);
    });
  }

  notify(method: string, params: unknown): void {
    if (this.ended === null) this.options.send(encodeFrame({ kind: 'notification', method, params }));
  }

  /** Takes one line from the other side; throws `ProtocolFault` when the pipe must end. */
  receive(line: Uint8Array): void {
    if (this.ended !== null) return;
    this.take(decodeFrame(line));
  }

  /** Every open call fails with the error, every call being served is aborted. */
  end(error: Error): void {
    if (this.ended !== null) return;
    this.ended = error;
    for (const call of [...this.open.values()]) call.reject(error);
    this.open.clear();
    for (const controller of this.serving.values()) controller.abort(error);
    this.serving.clear();
  }

  private take(frame: Frame): void {
    switch (frame.kind) {
      case 'request':
        return this.serve(frame.id, frame.method, frame.params);
      case 'notification':
        if (frame.method === 'cancel') return this.cancel(frame.params);
        return this.options.onNotification(frame.method, frame.params);
      case 'result':
        return this.settle(frame.id, (call) => call.resolve(frame.result));
      case 'error':
        return this.settle(frame.id, (call) => call.reject(fromWireError(frame.error)));
    }
  }

  private settle(id: number, settle: (call: OpenCall) => void): void {
    const call = this.open.get(id);
    if (call === undefined) {
      this.strays += 1;
      if (this.strays >= frameLimits.strayAnswers) throw new ProtocolFault('stray-answers', `${this.strays} answers to calls nobody made`);
      return;
    }
    this.open.delete(id);
    settle(call);
  }

  private cancel(params: unknown): void {
    const cancel = parseCancelParams(params);
    if (cancel === null) throw new ProtocolFault('frame', 'malformed cancel');
    this.serving.get(cancel.id)?.abort(new BrokerError('CANCELLED', 'The caller took the call back.'));
  }

  private serve(id: number, method: string, params: unknown): void {
    if (this.serving.has(id)) throw new ProtocolFault('frame', `call ${id} is open already`);
    const limit = this.options.inFlight ?? frameLimits.inFlight;
    if (this.serving.size >= limit) {
      this.options.onOverflow?.();
      return this.answer({
        kind: 'error',
        id,
        error: toWireError(new BrokerError('LIMIT', `More than ${limit} calls wait for an answer.`)),
      });
    }
    const controller = new AbortController();
    this.serving.set(id, controller);
    void this.perform(id, method, params, controller.signal);
  }

  private async perform(id: number, method: string, params: unknown, signal: AbortSignal): Promise<void> {
    try {
      const result = await this.options.onCall(method, params, signal);
      this.finish({ kind: 'result', id, result });
    } catch (error) {
      this.finish({ kind: 'error', id, error: toWireError(asBrokerError(error)) });
    }
  }

  private finish(frame: Frame & { readonly id: number }): void {
    if (this.serving.delete(frame.id)) this.answer(frame);
  }

  private answer(frame: Frame & { readonly id: number }): void {
    if (this.ended !== null) return;
    let line: Uint8Array;
    try {
      line = encodeFrame(frame);
    } catch (error) {
      line = encodeFrame({ kind: 'error', id: frame.id, error: toWireError(withoutFacts(error)) });
    }
    this.options.send(line);
  }
}

function withoutFacts(error: unknown): BrokerError {
  const shape = asBrokerError(error);
  return new BrokerError(shape.code, shape.message);
}

function reasonOf(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new BrokerError('CANCELLED', 'The call was taken back.');
}

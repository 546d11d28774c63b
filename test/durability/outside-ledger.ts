// A receiver of effects outside of everything that is killed. It honours keys: what it is asked again it answers as before, and it counts both.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { canonicalJson } from '@kari/kernel';

export interface Booking {
  readonly key: string;
  readonly run: string;
  /** `sim.ok`, `sim.undo`, `sim.flaky`, `sim.bad`, `sim.slow`: the words of the simulated workflows. */
  readonly call: string;
  readonly args: { readonly n?: number; readonly failures?: number };
  /** Whatever else names the effect; under one key it is always the same. */
  readonly [of: string]: unknown;
}

interface Entry {
  readonly run: string;
  readonly call: string;
  readonly body: string;
  asked: number;
  done: 0 | 1;
}

export class OutsideLedger {
  private readonly byKey = new Map<string, Entry>();
  /** Keys under which two different effects were asked for. */
  readonly reused: string[] = [];
  private server: Server | null = null;

  /** `slowMs`: how long `sim.slow` takes to be answered, at most. */
  constructor(private readonly slowMs = 0) {}

  async open(): Promise<void> {
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const booking = JSON.parse(text) as Booking;
        const { status, answer } = this.book(booking);
        const answered = (): unknown => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
        if (booking.call === 'sim.slow' && this.slowMs > 0) setTimeout(answered, this.slowMs * Math.random());
        else answered();
      });
    });
    // What it breaks off would be a failure of an effect, and none of ours.
    server.keepAliveTimeout = 0;
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    this.server = server;
  }

  get port(): number {
    return (this.server?.address() as AddressInfo).port;
  }

  get entries(): readonly Entry[] {
    return [...this.byKey.values()];
  }

  /** How often somebody asked for what was done already. */
  get askedAgain(): number {
    return this.entries.reduce((sum, { asked, done, call }) => sum + (done > 0 && call !== 'sim.flaky' ? asked - 1 : 0), 0);
  }

  /** By run, how many different effects were made for it. */
  doneByRun(): ReadonlyMap<string, number> {
    const done = new Map<string, number>();
    for (const entry of this.entries) done.set(entry.run, (done.get(entry.run) ?? 0) + entry.done);
    return done;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((closed) => this.server?.close(closed) ?? closed(undefined));
  }

  private book({ key, run, call, args, ...of }: Booking): { status: number; answer: unknown } {
    const body = canonicalJson({ run, call, args, of });
    const known: Entry = this.byKey.get(key) ?? { run, call, body, asked: 0, done: 0 };
    this.byKey.set(key, known);
    known.asked += 1;
    if (known.body !== body) {
      this.reused.push(key);
      return { status: 422, answer: null };
    }
    if (call === 'sim.bad' || (call === 'sim.flaky' && known.asked <= (args.failures ?? 0))) return { status: 503, answer: null };
    known.done = 1;
    return { status: 200, answer: { did: args.n === undefined ? {} : { n: args.n } } };
  }
}

// Keep-alive connections, one pool per (tenant, extension, name, address): nothing that one caller opened ever serves another.
import { Agent, type ClientRequestArgs } from 'node:http';
import type { Duplex } from 'node:stream';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { rejected, TIMERS, type Timers } from '@kari/kernel';
import { EgressMeter, type Consumer } from './egress-meter.js';
import { EGRESS_CONNECTOR, type EgressConnector, type WireProtocol } from './network.js';
import type { Target } from './target.rules.js';

const MOST_POOLS = 512;
const SOCKETS_PER_POOL = 8;
const IDLE_MS = 15_000;
const CONNECT_MS = 5_000;

@Injectable()
export class ConnectionPools implements OnModuleDestroy {
  // In order of last use: the first is the one to drop.
  private readonly pools = new Map<string, Agent>();

  constructor(
    @Inject(EGRESS_CONNECTOR) private readonly connector: EgressConnector,
    @Inject(EgressMeter) private readonly meter: EgressMeter,
    @Inject(TIMERS) private readonly timers: Timers,
  ) {}

  poolOf(consumer: Consumer, target: Target, address: string): Agent {
    const key = [consumer.tenant, consumer.extension, target.url.origin, address].join(' ');
    const pool = this.pools.get(key) ?? this.open(consumer, target, address);
    this.pools.delete(key);
    this.pools.set(key, pool);
    if (this.pools.size > MOST_POOLS) this.dropOldest();
    return pool;
  }

  onModuleDestroy(): void {
    for (const pool of this.pools.values()) pool.destroy();
    this.pools.clear();
  }

  /** A connection that belongs to no pool: whoever asked for it ends it. */
  async dial(consumer: Consumer, target: Target, address: string, protocol: WireProtocol): Promise<Duplex> {
    const servername = target.scheme === 'https' ? target.host : null;
    this.meter.connecting(consumer);
    const late = new AbortController();
    const refusal = rejected('SECURITY_EGRESS_TIMEOUT', { host: target.host, phase: 'connect', milliseconds: CONNECT_MS });
    const timer = this.timers.after(CONNECT_MS, () => late.abort(refusal));
    try {
      const socket = await this.connector.connect({ address, port: target.port, servername, protocol, signal: late.signal });
      this.meter.connected(consumer, socket);
      return socket;
    } catch (error) {
      throw late.signal.aborted ? refusal : error;
    } finally {
      timer.cancel();
    }
  }

  private open(consumer: Consumer, target: Target, address: string): Agent {
    return new PinnedAgent(() => this.dial(consumer, target, address, 'http/1.1'));
  }

  private dropOldest(): void {
    for (const [key, pool] of this.pools) {
      this.pools.delete(key);
      pool.destroy();
      return;
    }
  }
}

/** An agent whose every connection goes to the one judged address. */
class PinnedAgent extends Agent {
  constructor(private readonly connect: () => Promise<Duplex>) {
    super({ keepAlive: true, maxSockets: SOCKETS_PER_POOL, maxFreeSockets: 2, timeout: IDLE_MS });
  }

  override createConnection(_: ClientRequestArgs, callback?: (error: Error | null, stream: Duplex) => void): undefined {
    this.connect().then(
      (socket) => callback?.(null, socket),
      (error: unknown) => callback?.(error as Error, undefined as never),
    );
  }
}

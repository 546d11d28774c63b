// The bus without a broker: consumers follow the tail of the log itself, so there is nothing to publish and nothing to lose in between.
import { unscheduled, type EventStore, type Scheduler, type Timers } from '@kari/kernel';
import type { Bus, BusConsumer, BusSubscription, ParkedKey } from './bus.port.js';
import { ConsumerGroup } from './consumer-group.js';
import type { ConsumerStates, ParkedMessage } from './consumer-states.port.js';

export interface InProcessBusOptions {
  readonly store: EventStore;
  readonly states: ConsumerStates;
  readonly timers: Timers;
  readonly scheduler?: Scheduler;
  /** Told of failures that are being retried, and of keys that are parked. */
  readonly onFault?: (error: unknown, what: string) => void;
}

export class InProcessBus implements Bus {
  private readonly running = new Map<string, ConsumerGroup>();

  constructor(private readonly options: InProcessBusOptions) {}

  subscribe(consumer: BusConsumer): BusSubscription {
    if (this.running.has(consumer.group)) throw new Error(`the consumer group ${consumer.group} is running already`);
    const group = new ConsumerGroup(consumer, { scheduler: unscheduled, ...this.options });
    this.running.set(consumer.group, group);
    group.start();
    return {
      reached: (position) => group.reached(position),
      stop: async () => {
        await group.stop();
        if (this.running.get(consumer.group) === group) this.running.delete(consumer.group);
      },
    };
  }

  async parked(group: string): Promise<readonly ParkedKey[]> {
    const byKey = new Map<string, ParkedMessage[]>();
    for (const message of await this.options.states.parked(group)) {
      byKey.set(message.key, [...(byKey.get(message.key) ?? []), message]);
    }
    return [...byKey.values()].flatMap((messages) => {
      const [first] = messages;
      if (first === undefined) return [];
      const { key, position, eventId, attempts, reason } = first;
      return [{ group, key, position, eventId, attempts, reason, waiting: messages.length }];
    });
  }

  async redrive(group: string, key: string): Promise<boolean> {
    const running = this.running.get(group);
    if (running === undefined) throw new Error(`the consumer group ${group} is not running here`);
    return running.redrive(key);
  }

  /** Stops every consumer after the messages in hand. */
  async close(): Promise<void> {
    await Promise.all([...this.running.values()].map((group) => group.stop()));
    this.running.clear();
  }
}

// The rows of the delivery queue. Only the oldest open row of a (tenant, subscriber, stream) is ever handed out: that keeps each key in order.
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, IDS, type Clock, type Ids } from '@kari/kernel';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import type { CloudEventDocument } from '../contract.js';
import { KEEP_MS, LEASE_MS, type Counts, type DeliveryResult } from './delivery.rules.js';

export interface QueuedEvent {
  readonly id: string;
  readonly tenant: string;
  readonly stream: string;
  readonly position: string;
  readonly extension: string;
  readonly type: string;
  readonly key: string;
  readonly data: unknown;
  readonly publishedAt: string;
  readonly correlationId: string;
  /** For an automation: the whole event. */
  readonly document?: CloudEventDocument | null;
}

/** A delivery in hand: its lease keeps other processes off. */
export interface Delivery extends QueuedEvent, Counts {
  readonly subscriber: string;
  readonly parkings: number;
  readonly lease: string;
}

interface Row {
  tenant: string;
  subscriber: string;
  event_id: string;
  stream: string;
  position: string;
  extension: string;
  type: string;
  key: string;
  data: string;
  published_at: Date;
  correlation_id: string;
  failures: number;
  crashes: number;
  waits: number;
  parkings: number;
  document: CloudEventDocument | null;
}

@Injectable()
export class DeliveryQueue {
  constructor(
    @Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(IDS) private readonly ids: Ids,
  ) {}

  /** Repeating it adds nothing: a row is named by event and subscriber. */
  async add(event: QueuedEvent, subscribers: readonly string[]): Promise<void> {
    if (subscribers.length === 0) return;
    await this.database.query(
      `insert into automation.delivery
         (tenant, subscriber, event_id, stream, position, extension, type, key, data, published_at, correlation_id, next_at, queued_at, document)
       select $1, subscriber, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13 from unnest($2::text[]) as subscriber
       on conflict do nothing`,
      [
        event.tenant,
        subscribers,
        event.id,
        event.stream,
        event.position,
        event.extension,
        event.type,
        event.key,
        JSON.stringify(event.data),
        event.publishedAt,
        event.correlationId,
        this.after(0),
        event.document === undefined ? null : JSON.stringify(event.document),
      ],
    );
  }

  /**
   * Heads of their keys that are due, leased to this caller. Of those that were in hand when their subscriber crashed, one at a time: so only
   * the one that kills it is there at the next crash, and nobody is parked for having been beside it.
   */
  async claim(limit: number): Promise<readonly Delivery[]> {
    const lease = this.ids.next();
    const rows = await this.database.query<Row>(
      `with head as (
         select distinct on (tenant, subscriber, stream) tenant, subscriber, event_id
         from automation.delivery where state in ('pending', 'parked')
         order by tenant, subscriber, stream, position
       ), due as (
         select d.tenant, d.subscriber, d.event_id
         from automation.delivery d join head using (tenant, subscriber, event_id)
         where d.state = 'pending' and d.next_at <= $1 and (d.leased_until is null or d.leased_until <= $1)
           and (d.crashes = 0 or d.event_id = (
             select s.event_id from automation.delivery s
             where s.tenant = d.tenant and s.subscriber = d.subscriber and s.state = 'pending' and s.crashes > 0
             order by coalesce(s.leased_until > $1, false) desc, s.next_at, s.event_id limit 1))
         order by d.next_at limit $2 for update of d skip locked
       )
       update automation.delivery d set lease = $3, leased_until = $4
       from due where (d.tenant, d.subscriber, d.event_id) = (due.tenant, due.subscriber, due.event_id)
       returning d.tenant, d.subscriber, d.event_id, d.stream, d.position, d.extension, d.type, d.key, d.data, d.published_at,
         d.correlation_id, d.failures, d.crashes, d.waits, d.parkings, d.document`,
      [this.after(0), limit, lease, this.after(LEASE_MS)],
    );
    return rows.map((row) => deliveryOf(row, lease));
  }

  /** What is still in hand stays with whoever has it. */
  async renew(leases: readonly string[]): Promise<void> {
    if (leases.length === 0) return;
    await this.database.query(
      `update automation.delivery set leased_until = $2 where lease = any($1::uuid[]) and state = 'pending' and leased_until > $3`,
      [leases, this.after(LEASE_MS), this.after(0)],
    );
  }

  async delivered(delivery: Delivery, result?: DeliveryResult): Promise<void> {
    const told = result === undefined ? null : JSON.stringify(result);
    await this.settle(delivery, `state = 'delivered', done_at = $5, last_code = null, result = $6`, [this.after(0), told]);
  }

  /** The subscriber is gone, or may not have it any more. */
  async skipped(delivery: Delivery, code: string): Promise<void> {
    await this.settle(delivery, `state = 'skipped', done_at = $5, last_code = $6`, [this.after(0), code]);
  }

  async again(delivery: Delivery, counts: Counts, afterMs: number, code: string): Promise<void> {
    await this.settle(delivery, `failures = $5, crashes = $6, waits = $7, next_at = $8, last_code = $9`, [
      counts.failures,
      counts.crashes,
      counts.waits,
      this.after(afterMs),
      code,
    ]);
  }

  async parked(delivery: Delivery, counts: Counts, code: string): Promise<void> {
    await this.settle(delivery, `state = 'parked', failures = $5, crashes = $6, parkings = parkings + 1, last_code = $7`, [
      counts.failures,
      counts.crashes,
      code,
    ]);
  }

  /** An operator's decision about the n-th parking of a row: told again when it has been parked once more, it changes nothing. */
  async unpark(tenant: string, subscriber: string, eventId: string, parking: number, decision: 'retry' | 'drop'): Promise<void> {
    const change =
      decision === 'retry' ? `state = 'pending', failures = 0, crashes = 0, waits = 0, next_at = $4` : `state = 'dropped', done_at = $4`;
    await this.database.query(
      `update automation.delivery set ${change} where tenant = $1 and subscriber = $2 and event_id = $3 and state = 'parked' and parkings = $5`,
      [tenant, subscriber, eventId, this.after(0), parking],
    );
  }

  /** What waited for this subscriber is due now. */
  async wake(tenant: string, subscriber: string): Promise<void> {
    await this.database.query(
      `update automation.delivery set next_at = $3 where tenant = $1 and subscriber = $2 and state = 'pending' and waits > 0 and next_at > $3`,
      [tenant, subscriber, this.after(0)],
    );
  }

  /** Removes old rows, and gives up on what nobody could take for as long. */
  async prune(): Promise<void> {
    const before = this.after(-KEEP_MS);
    await this.database.query('delete from automation.delivery where done_at < $1', [before]);
    await this.database.query(
      `update automation.delivery set state = 'skipped', done_at = $2, last_code = 'AUTOMATION_DELIVERY_EXPIRED'
       where state = 'pending' and waits > 0 and queued_at < $1`,
      [before, this.after(0)],
    );
  }

  /** Effective only while the lease is still this one: whoever lost it has no say any more. */
  private async settle(delivery: Delivery, changes: string, values: readonly unknown[]): Promise<void> {
    const { tenant, subscriber, id, lease } = delivery;
    await this.database.query(
      `update automation.delivery set lease = null, leased_until = null, ${changes}
       where tenant = $1 and subscriber = $2 and event_id = $3 and lease = $4`,
      [tenant, subscriber, id, lease, ...values],
    );
  }

  private after(milliseconds: number): string {
    return new Date(this.clock.now() + milliseconds).toISOString();
  }
}

function deliveryOf(row: Row, lease: string): Delivery {
  const { tenant, subscriber, stream, position, extension, type, key, failures, crashes, waits, parkings, document } = row;
  return {
    id: row.event_id,
    tenant,
    subscriber,
    stream,
    position,
    extension,
    type,
    key,
    data: JSON.parse(row.data) as unknown,
    publishedAt: row.published_at.toISOString(),
    correlationId: row.correlation_id,
    failures,
    crashes,
    waits,
    parkings,
    document,
    lease,
  };
}

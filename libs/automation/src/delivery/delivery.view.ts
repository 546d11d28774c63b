// One delivery as the queue has it.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { DeliveryResult } from './delivery.rules.js';

export type DeliveryState = 'pending' | 'delivered' | 'parked' | 'dropped' | 'skipped';

@Entity({ schema: 'automation', name: 'delivery' })
export class DeliveryView {
  @PrimaryColumn({ type: 'uuid' })
  tenant!: string;

  @PrimaryColumn({ type: 'text' })
  subscriber!: string;

  @PrimaryColumn({ type: 'uuid', name: 'event_id' })
  event!: string;

  @Column({ type: 'bigint' })
  position!: string;

  @Column({ type: 'text' })
  type!: string;

  @Column({ type: 'text' })
  key!: string;

  @Column({ type: 'text' })
  state!: DeliveryState;

  @Column({ type: 'integer' })
  failures!: number;

  @Column({ type: 'integer' })
  crashes!: number;

  @Column({ type: 'text', nullable: true, name: 'last_code' })
  lastCode!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  result!: DeliveryResult | null;

  @Column({ type: 'timestamptz', name: 'next_at' })
  nextAt!: Date;

  @Column({ type: 'timestamptz', nullable: true, name: 'done_at' })
  doneAt!: Date | null;
}

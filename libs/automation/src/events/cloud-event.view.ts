// One emitted or sent event as the lists show it.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { CloudEventDocument } from '../contract.js';

@Entity({ schema: 'automation', name: 'cloud_events' })
export class CloudEventView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'bigint' })
  position!: string;

  @Column({ type: 'text' })
  source!: string;

  @Column({ type: 'text' })
  type!: string;

  @Column({ type: 'text' })
  origin!: string;

  @Column({ type: 'uuid', nullable: true })
  run!: string | null;

  @Column({ type: 'jsonb' })
  document!: CloudEventDocument;

  @Column({ type: 'timestamptz', name: 'published_at' })
  publishedAt!: Date;

  @Column({ type: 'text', name: 'correlation_id' })
  correlationId!: string;
}

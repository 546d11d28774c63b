// One wish for many runs as the list shows it.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { BulkAction } from './bulk.events.js';
import type { BulkRow } from './bulk.projection.js';

@Entity({ schema: 'workflow', name: 'bulk' })
export class BulkView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'uuid', name: 'bulk' })
  id!: string;

  @Column({ type: 'text' })
  action!: BulkAction;

  @Column({ type: 'text' })
  status!: BulkRow['status'];

  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  @Column({ type: 'integer' })
  total!: number;

  @Column({ type: 'integer' })
  done!: number;

  @Column({ type: 'integer' })
  refused!: number;

  @Column({ type: 'jsonb' })
  refusals!: { run: string; code: string }[];

  @Column({ type: 'text', name: 'started_by' })
  startedBy!: string;

  @Column({ type: 'timestamptz', name: 'started_at' })
  startedAt!: Date;

  @Column({ type: 'timestamptz', name: 'ended_at', nullable: true })
  endedAt!: Date | null;

  @Column({ type: 'text', name: 'correlation_id' })
  correlationId!: string;

  @Column({ type: 'bigint' })
  position!: string;
}

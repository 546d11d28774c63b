// One planned time of a schedule, or several that were missed together.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { FireStatus } from './fire.projection.js';

@Entity({ schema: 'schedule', name: 'fire' })
export class FireView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'uuid' })
  schedule!: string;

  @PrimaryColumn({ type: 'text', name: 'fire' })
  id!: string;

  @Column({ type: 'timestamptz', name: 'planned_at' })
  plannedAt!: Date;

  @Column({ type: 'timestamptz', name: 'planned_until', nullable: true })
  plannedUntil!: Date | null;

  @Column({ type: 'integer' })
  count!: number;

  @Column({ type: 'boolean' })
  manual!: boolean;

  @Column({ type: 'text' })
  status!: FireStatus;

  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  @Column({ type: 'text', nullable: true })
  started!: string | null;

  @Column({ type: 'timestamptz', name: 'decided_at' })
  decidedAt!: Date;

  @Column({ type: 'timestamptz', name: 'changed_at' })
  changedAt!: Date;

  @Column({ type: 'bigint' })
  position!: string;
}

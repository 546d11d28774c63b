// A schedule in the list.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { KnownSchedule } from '../life/schedule-state.rules.js';

@Entity({ schema: 'schedule', name: 'schedule' })
export class ScheduleView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'uuid', name: 'schedule' })
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text', name: 'target_kind' })
  targetKind!: string;

  @Column({ type: 'text' })
  target!: string;

  @Column({ type: 'text' })
  status!: KnownSchedule['status'];

  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  @Column({ type: 'timestamptz', name: 'next_at', nullable: true })
  nextAt!: Date | null;

  @Column({ type: 'integer', name: 'in_hand' })
  inHand!: number;

  @Column({ type: 'jsonb' })
  state!: KnownSchedule;

  @Column({ type: 'timestamptz', name: 'last_fire_at', nullable: true })
  lastFireAt!: Date | null;

  @Column({ type: 'text', name: 'last_outcome', nullable: true })
  lastOutcome!: string | null;

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  @Column({ type: 'text', name: 'created_by' })
  createdBy!: string;

  @Column({ type: 'timestamptz', name: 'changed_at' })
  changedAt!: Date;

  @Column({ type: 'bigint' })
  position!: string;
}

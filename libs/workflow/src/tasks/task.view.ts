// The last attempt of one task of a run.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TaskRowStatus } from './task.projection.js';

@Entity({ schema: 'workflow', name: 'task' })
export class TaskView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'uuid' })
  run!: string;

  @PrimaryColumn({ type: 'text', name: 'task' })
  id!: string;

  @Column({ type: 'text' })
  pointer!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  kind!: string;

  @Column({ type: 'text', nullable: true })
  parent!: string | null;

  @Column({ type: 'integer' })
  attempt!: number;

  @Column({ type: 'text' })
  status!: TaskRowStatus;

  @Column({ type: 'jsonb', nullable: true })
  input!: unknown;

  @Column({ type: 'jsonb', nullable: true })
  arguments!: unknown;

  @Column({ type: 'jsonb', nullable: true })
  output!: unknown;

  @Column({ type: 'jsonb', nullable: true })
  error!: unknown;

  @Column({ type: 'text', nullable: true })
  worker!: string | null;

  @Column({ type: 'timestamptz', name: 'scheduled_at' })
  scheduledAt!: Date;

  @Column({ type: 'timestamptz', name: 'ended_at', nullable: true })
  endedAt!: Date | null;

  @Column({ type: 'bigint' })
  position!: string;
}

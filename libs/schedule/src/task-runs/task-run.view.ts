// One run of a task in the history.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { KnownTaskRun, TaskRunStatus } from './task-run.decider.js';
import type { TaskCause } from './task-run.events.js';

@Entity({ schema: 'schedule', name: 'task_run' })
export class TaskRunView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'uuid', name: 'run' })
  id!: string;

  @Column({ type: 'text' })
  task!: string;

  @Column({ type: 'text' })
  extension!: string;

  @Column({ type: 'text' })
  status!: TaskRunStatus;

  @Column({ type: 'text' })
  cause!: TaskCause;

  @Column({ type: 'text', nullable: true })
  code!: string | null;

  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  @Column({ type: 'integer', name: 'answer_bytes', nullable: true })
  answerBytes!: number | null;

  @Column({ type: 'boolean', name: 'answer_kept' })
  answerKept!: boolean;

  @Column({ type: 'jsonb' })
  state!: KnownTaskRun;

  @Column({ type: 'timestamptz', name: 'queued_at' })
  queuedAt!: Date;

  @Column({ type: 'timestamptz', name: 'started_at', nullable: true })
  startedAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'ended_at', nullable: true })
  endedAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'changed_at' })
  changedAt!: Date;

  @Column({ type: 'bigint' })
  position!: string;
}

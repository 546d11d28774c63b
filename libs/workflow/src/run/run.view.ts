// One run as the list shows it.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { RunEventOf } from './run.events.js';
import type { RunHistory, RunKind, RunRowStatus } from './run.projection.js';

@Entity({ schema: 'workflow', name: 'run' })
export class RunView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'uuid', name: 'run' })
  id!: string;

  @Column({ type: 'text' })
  workflow!: string;

  @Column({ type: 'text', name: 'workflow_version' })
  workflowVersion!: string;

  @Column({ type: 'text' })
  status!: RunRowStatus;

  @Column({ type: 'text' })
  reason!: string;

  @Column({ type: 'text', name: 'started_by' })
  startedBy!: string;

  @Column({ type: 'timestamptz', name: 'started_at' })
  startedAt!: Date;

  @Column({ type: 'timestamptz', name: 'changed_at' })
  changedAt!: Date;

  @Column({ type: 'timestamptz', name: 'ended_at', nullable: true })
  endedAt!: Date | null;

  @Column({ type: 'uuid', nullable: true })
  parent!: string | null;

  @Column({ type: 'uuid', name: 'forked_from', nullable: true })
  forkedFrom!: string | null;

  @Column({ type: 'text' })
  kind!: RunKind;

  @Column({ type: 'uuid', name: 'replay_of', nullable: true })
  replayOf!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  replay!: RunEventOf<'RunReplayed'>['data'] | null;

  @Column({ type: 'jsonb' })
  tags!: string[];

  @Column({ type: 'jsonb', name: 'input_keys' })
  inputKeys!: string[];

  @Column({ type: 'text', name: 'error_code', nullable: true })
  errorCode!: string | null;

  @Column({ type: 'text' })
  history!: RunHistory;

  @Column({ type: 'text', name: 'idempotency_key', nullable: true })
  idempotencyKey!: string | null;

  @Column({ type: 'integer', name: 'tasks_scheduled' })
  tasksScheduled!: number;

  @Column({ type: 'integer', name: 'tasks_completed' })
  tasksCompleted!: number;

  @Column({ type: 'integer' })
  failures!: number;

  @Column({ type: 'jsonb', nullable: true })
  error!: unknown;

  @Column({ type: 'text', name: 'correlation_id' })
  correlationId!: string;

  @Column({ type: 'bigint' })
  position!: string;
}

// One approval that a workflow asked for.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ApprovalRow, ApprovalRowStatus } from './approval.projection.js';

@Entity({ schema: 'workflow', name: 'approval' })
export class ApprovalView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'uuid', name: 'approval' })
  id!: string;

  @Column({ type: 'uuid' })
  run!: string;

  @Column({ type: 'text' })
  task!: string;

  @Column({ type: 'text' })
  title!: string;

  @Column({ type: 'jsonb', nullable: true })
  details!: unknown;

  @Column({ type: 'jsonb' })
  rights!: string[];

  @Column({ type: 'text' })
  status!: ApprovalRowStatus;

  @Column({ type: 'text', nullable: true })
  comment!: string | null;

  @Column({ type: 'text', name: 'decided_by', nullable: true })
  decidedBy!: string | null;

  @Column({ type: 'timestamptz', name: 'requested_at' })
  requestedAt!: Date;

  @Column({ type: 'timestamptz', name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'closed_at', nullable: true })
  closedAt!: Date | null;

  @Column({ type: 'text', name: 'run_kind' })
  runKind!: ApprovalRow['run_kind'];

  @Column({ type: 'bigint' })
  position!: string;
}

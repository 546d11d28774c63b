// The last plan of a tenant as its progress is shown.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { PlanProgressRow, PlanStepProgress } from './plan-progress.projection.js';

@Entity({ schema: 'extension', name: 'plan_progress' })
export class PlanProgressView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @Column({ type: 'text' })
  plan!: string;

  @Column({ type: 'text' })
  hash!: string;

  @Column({ type: 'text' })
  outcome!: PlanProgressRow['outcome'];

  @Column({ type: 'jsonb' })
  steps!: PlanStepProgress[];

  @Column({ type: 'text', nullable: true })
  code!: string | null;

  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  @Column({ type: 'timestamptz', name: 'started_at' })
  startedAt!: Date;

  @Column({ type: 'text', name: 'started_by' })
  startedBy!: string;

  @Column({ type: 'timestamptz', name: 'ended_at', nullable: true })
  endedAt!: Date | null;
}

/** A row of the fold in the form in which the database gives it back. */
export function planViewOf(row: PlanProgressRow): PlanProgressView {
  const { tenant, plan, hash, outcome, steps, code, reason, started_at, started_by: startedBy, ended_at } = row;
  const progress = { tenant, plan, hash, outcome, steps: [...steps], code, reason, startedBy };
  return { ...progress, startedAt: new Date(started_at), endedAt: ended_at === null ? null : new Date(ended_at) };
}

// The last install of an extension in a tenant as its progress is shown.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { HeldItem } from '../lifecycle/extension.events.js';
import type { InstallProgressRow, StepProgress } from './install-progress.projection.js';

@Entity({ schema: 'extension', name: 'install_progress' })
export class InstallProgressView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'text' })
  extension!: string;

  @Column({ type: 'text' })
  install!: string;

  @Column({ type: 'text' })
  version!: string;

  @Column({ type: 'text', name: 'from_version', nullable: true })
  from!: string | null;

  @Column({ type: 'jsonb', name: 'waits_for' })
  waitsFor!: HeldItem[];

  @Column({ type: 'text' })
  outcome!: InstallProgressRow['outcome'];

  @Column({ type: 'jsonb' })
  steps!: StepProgress[];

  @Column({ type: 'text', nullable: true })
  code!: string | null;

  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  @Column({ type: 'timestamptz', name: 'requested_at' })
  requestedAt!: Date;

  @Column({ type: 'text', name: 'requested_by' })
  requestedBy!: string;

  @Column({ type: 'timestamptz', name: 'ended_at', nullable: true })
  endedAt!: Date | null;
}

/** A row of the fold in the form in which the database gives it back. */
export function viewOf(row: InstallProgressRow): InstallProgressView {
  const {
    tenant,
    extension,
    install,
    version,
    from_version: from,
    outcome,
    steps,
    code,
    reason,
    requested_at,
    requested_by: requestedBy,
    ended_at,
  } = row;
  const endedAt = ended_at === null ? null : new Date(ended_at);
  const waitsFor = [...row.waits_for];
  const progress = { tenant, extension, install, version, from, waitsFor, outcome, steps: [...steps], code, reason };
  return { ...progress, requestedAt: new Date(requested_at), requestedBy, endedAt };
}

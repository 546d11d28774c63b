// One broken folder as the lists show it.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { PackageProblem } from '../discovery/folder.events.js';

@Entity({ schema: 'extension', name: 'broken_package' })
export class BrokenPackageView {
  @PrimaryColumn({ type: 'text' })
  folder!: string;

  @Column({ type: 'text', nullable: true })
  extension!: string | null;

  @Column({ type: 'jsonb' })
  errors!: PackageProblem[];

  @Column({ type: 'timestamptz' })
  since!: Date;

  @Column({ type: 'timestamptz', name: 'seen_at' })
  seenAt!: Date;
}

// A workflow in the list, and one version of it.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { NeededCall } from './call.rules.js';

@Entity({ schema: 'workflow', name: 'definition' })
export class DefinitionView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'text' })
  workflow!: string;

  @Column({ type: 'text' })
  title!: string;

  @Column({ type: 'text', nullable: true })
  owner!: string | null;

  @Column({ type: 'integer', name: 'latest_version' })
  latestVersion!: number;

  @Column({ type: 'integer', name: 'active_version', nullable: true })
  activeVersion!: number | null;

  @Column({ type: 'text' })
  hash!: string;

  @Column({ type: 'jsonb' })
  needs!: Readonly<Record<string, readonly NeededCall[]>>;

  @Column({ type: 'timestamptz', name: 'saved_at' })
  savedAt!: Date;

  @Column({ type: 'text', name: 'saved_by' })
  savedBy!: string;
}

@Entity({ schema: 'workflow', name: 'version' })
export class VersionView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'text' })
  workflow!: string;

  @PrimaryColumn({ type: 'integer' })
  version!: number;

  @Column({ type: 'text' })
  hash!: string;

  @Column({ type: 'text' })
  title!: string;

  @Column({ type: 'text' })
  document!: string;

  @Column({ type: 'jsonb' })
  needs!: readonly NeededCall[];

  @Column({ type: 'timestamptz', name: 'saved_at' })
  savedAt!: Date;

  @Column({ type: 'text', name: 'saved_by' })
  savedBy!: string;
}

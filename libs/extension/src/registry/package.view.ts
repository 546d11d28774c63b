// One registered version as the lists show it.
import type { Manifest } from '@kari/protocol/manifest';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TrustClass } from '../contract.js';

@Entity({ schema: 'extension', name: 'package' })
export class PackageView {
  @PrimaryColumn({ type: 'text' })
  extension!: string;

  @PrimaryColumn({ type: 'text' })
  version!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  description!: string;

  @Column({ type: 'text' })
  category!: string;

  @Column({ type: 'text' })
  license!: string;

  @Column({ type: 'text' })
  trust!: TrustClass;

  @Column({ type: 'text', name: 'bundle_hash' })
  bundleHash!: string;

  @Column({ type: 'jsonb' })
  assets!: Record<string, string>;

  @Column({ type: 'jsonb' })
  manifest!: Manifest;

  @Column({ type: 'text' })
  folder!: string;

  @Column({ type: 'timestamptz', name: 'registered_at' })
  registeredAt!: Date;

  @Column({ type: 'timestamptz', name: 'replaced_at', nullable: true })
  replacedAt!: Date | null;

  @Column({ type: 'integer' })
  replacements!: number;
}

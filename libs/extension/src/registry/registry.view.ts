// One extension in one tenant as the lists show it.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { HeldState } from '../lifecycle/extension-state.rules.js';
import type { Upgrade } from '../upgrade/upgrade-state.rules.js';
import type { RegistryGrant } from './registry.projection.js';

@Entity({ schema: 'extension', name: 'registry' })
export class RegistryView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'text' })
  extension!: string;

  @Column({ type: 'text' })
  status!: HeldState['status'];

  @Column({ type: 'text' })
  version!: string;

  @Column({ type: 'jsonb' })
  grants!: RegistryGrant[];

  @Column({ type: 'text', name: 'resource_class' })
  resourceClass!: 'S' | 'M' | 'L';

  @Column({ type: 'text' })
  origin!: 'tenant' | 'wish';

  @Column({ type: 'jsonb', nullable: true })
  failure!: { code: string; reason: string } | null;

  @Column({ type: 'jsonb', nullable: true })
  upgrade!: Upgrade | null;

  @Column({ type: 'text', name: 'former_version', nullable: true })
  formerVersion!: string | null;

  @Column({ type: 'jsonb', name: 'former_with' })
  formerWith!: string[];

  @Column({ type: 'timestamptz', name: 'trial_until', nullable: true })
  trialUntil!: Date | null;

  @Column({ type: 'timestamptz', name: 'installed_at', nullable: true })
  installedAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'enabled_at', nullable: true })
  enabledAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'changed_at' })
  changedAt!: Date;

  @Column({ type: 'text', name: 'changed_by' })
  changedBy!: string;

  @Column({ type: 'bigint' })
  revision!: string;
}

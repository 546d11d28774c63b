// One tenant as the lists show it.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TenantRow } from './tenant.projection.js';

@Entity({ schema: 'tenancy', name: 'tenant' })
export class TenantView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @Column({ type: 'text' })
  slug!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  status!: TenantRow['status'];

  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'changed_at' })
  changedAt!: Date;

  @Column({ type: 'text', nullable: true })
  export!: string | null;

  @Column({ type: 'jsonb' })
  limits!: TenantRow['limits'];
}

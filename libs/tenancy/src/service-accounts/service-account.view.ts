// One service account as the lists show it.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Role } from '../access/access.rules.js';

@Entity({ schema: 'tenancy', name: 'service_account' })
export class ServiceAccountView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'text', name: 'service_account' })
  serviceAccount!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'jsonb' })
  roles!: Role[];

  @Column({ type: 'text' })
  status!: 'active' | 'removed';

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;
}

// A wish for all tenants, and its outcome in one of them, as the lists show them.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { WishOutcomeRow, WishRow } from './wish.projection.js';

@Entity({ schema: 'extension', name: 'wish' })
export class WishView {
  @PrimaryColumn({ type: 'text' })
  extension!: string;

  @Column({ type: 'text' })
  status!: WishRow['status'];

  @Column({ type: 'text' })
  version!: string;

  @Column({ type: 'boolean' })
  enable!: boolean;

  @Column({ type: 'timestamptz', name: 'wished_at' })
  wishedAt!: Date;

  @Column({ type: 'text', name: 'wished_by' })
  wishedBy!: string;

  @Column({ type: 'timestamptz', name: 'withdrawn_at', nullable: true })
  withdrawnAt!: Date | null;
}

@Entity({ schema: 'extension', name: 'wish_outcome' })
export class WishOutcomeView {
  @PrimaryColumn({ type: 'text' })
  extension!: string;

  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @Column({ type: 'text' })
  outcome!: WishOutcomeRow['outcome'];

  @Column({ type: 'text', nullable: true })
  code!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  facts!: Record<string, unknown> | null;

  @Column({ type: 'timestamptz', name: 'changed_at' })
  changedAt!: Date;
}

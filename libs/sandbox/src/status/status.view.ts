// One sandbox as the lists show it.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { StatusRow } from './status.projection.js';

@Entity({ schema: 'sandbox', name: 'status' })
export class StatusView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'text' })
  extension!: string;

  @Column({ type: 'text' })
  version!: string;

  @Column({ type: 'text' })
  state!: StatusRow['state'];

  @Column({ type: 'text' })
  reason!: string;

  @Column({ type: 'text', nullable: true })
  level!: string | null;

  @Column({ type: 'integer' })
  starts!: number;

  @Column({ type: 'integer' })
  crashes!: number;

  @Column({ type: 'timestamptz' })
  since!: Date;
}

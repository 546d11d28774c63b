// The time of retention of one tenant.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'workflow', name: 'retention' })
export class RetentionView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @Column({ type: 'integer' })
  days!: number;

  @Column({ type: 'timestamptz', name: 'set_at' })
  setAt!: Date;

  @Column({ type: 'text', name: 'set_by' })
  setBy!: string;
}

// One secret as the lists show it; its value is nowhere near.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'data', name: 'secrets' })
export class SecretView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'text' })
  extension!: string;

  @PrimaryColumn({ type: 'text' })
  name!: string;

  @Column({ type: 'jsonb' })
  hosts!: readonly string[];

  @Column({ type: 'integer', name: 'secret_version' })
  version!: number;

  @Column({ type: 'text' })
  fingerprint!: string;

  @Column({ type: 'timestamptz', name: 'changed_at' })
  changedAt!: Date;

  @Column({ type: 'text', name: 'changed_by' })
  changedBy!: string;
}

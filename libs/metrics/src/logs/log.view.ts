// One log line, as read.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'metrics', name: 'log' })
export class LogView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ type: 'text' })
  extension!: string;

  @Column({ type: 'text' })
  version!: string;

  @Column({ type: 'timestamptz', name: 'written_at' })
  writtenAt!: Date;

  @Column({ type: 'smallint' })
  level!: number;

  @Column({ type: 'text' })
  source!: 'log' | 'console' | 'host';

  @Column({ type: 'text' })
  message!: string;

  @Column({ type: 'jsonb', nullable: true })
  fields!: Readonly<Record<string, unknown>> | null;

  @Column({ type: 'text', nullable: true })
  correlation!: string | null;
}

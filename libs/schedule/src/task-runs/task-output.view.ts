// What one run of a task told and answered.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'schedule', name: 'task_output' })
export class TaskOutputView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'uuid' })
  run!: string;

  @Column({ type: 'double precision', nullable: true })
  fraction!: number | null;

  @Column({ type: 'text', nullable: true })
  note!: string | null;

  @Column({ type: 'timestamptz', name: 'told_at', nullable: true })
  toldAt!: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  answer!: unknown;
}

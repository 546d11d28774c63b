// One timer of a run.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'workflow', name: 'timer' })
export class TimerView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'uuid' })
  run!: string;

  @PrimaryColumn({ type: 'text', name: 'timer' })
  id!: string;

  @Column({ type: 'text', nullable: true })
  task!: string | null;

  @Column({ type: 'text' })
  purpose!: string;

  @Column({ type: 'timestamptz', name: 'due_at' })
  dueAt!: Date;

  @Column({ type: 'bigint' })
  position!: string;
}

// One declared task in the list.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { KnownTask } from './task.decider.js';
import type { TaskStatus } from './task.projection.js';

@Entity({ schema: 'schedule', name: 'task' })
export class TaskView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'text', name: 'task' })
  id!: string;

  @Column({ type: 'text' })
  extension!: string;

  @Column({ type: 'text' })
  status!: TaskStatus;

  @Column({ type: 'jsonb' })
  state!: KnownTask;

  @Column({ type: 'timestamptz', name: 'changed_at' })
  changedAt!: Date;
}

// One automation as the list shows it.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { AutomationState } from './automation.decider.js';

@Entity({ schema: 'automation', name: 'automation' })
export class AutomationView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  description!: string;

  @Column({ type: 'text' })
  type!: string;

  @Column({ type: 'text', nullable: true })
  filter!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  input!: unknown;

  @Column({ type: 'text' })
  workflow!: string;

  @Column({ type: 'text', nullable: true })
  target!: 'task' | null;

  @Column({ type: 'text' })
  status!: AutomationState['status'];

  @Column({ type: 'timestamptz', name: 'changed_at' })
  changedAt!: Date;

  @Column({ type: 'text', name: 'changed_by' })
  changedBy!: string;
}

// One notification as the queue has it.
import { Column, Entity, PrimaryColumn } from 'typeorm';

export type NotificationRowState = 'pending' | 'delivered' | 'parked' | 'dropped';

@Entity({ schema: 'workflow', name: 'notification' })
export class NotificationView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ type: 'uuid' })
  run!: string;

  @Column({ type: 'uuid' })
  approval!: string;

  @Column({ type: 'text' })
  type!: string;

  @Column({ type: 'text' })
  state!: NotificationRowState;

  @Column({ type: 'integer' })
  attempts!: number;

  @Column({ type: 'text', nullable: true, name: 'last_code' })
  lastCode!: string | null;

  @Column({ type: 'timestamptz', name: 'next_at' })
  nextAt!: Date;

  @Column({ type: 'timestamptz', name: 'queued_at' })
  queuedAt!: Date;

  @Column({ type: 'timestamptz', nullable: true, name: 'done_at' })
  doneAt!: Date | null;
}

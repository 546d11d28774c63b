// One parked delivery as the list shows it.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'automation', name: 'parked' })
export class ParkedEventView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'text' })
  subscriber!: string;

  @PrimaryColumn({ type: 'uuid', name: 'event_id' })
  event!: string;

  @Column({ type: 'text' })
  extension!: string;

  @Column({ type: 'text' })
  type!: string;

  @Column({ type: 'text' })
  key!: string;

  @Column({ type: 'text' })
  code!: string;

  @Column({ type: 'integer' })
  failures!: number;

  @Column({ type: 'integer' })
  crashes!: number;

  @Column({ type: 'timestamptz', name: 'parked_at' })
  parkedAt!: Date;
}

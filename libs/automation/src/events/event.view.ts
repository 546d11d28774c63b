// One published event as the lists show it.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'automation', name: 'events' })
export class EventView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'bigint' })
  position!: string;

  @Column({ type: 'uuid', name: 'event_id' })
  id!: string;

  @Column({ type: 'text' })
  extension!: string;

  @Column({ type: 'text' })
  type!: string;

  @Column({ type: 'text' })
  key!: string;

  @Column({ type: 'jsonb' })
  data!: unknown;

  @Column({ type: 'timestamptz', name: 'published_at' })
  publishedAt!: Date;

  @Column({ type: 'text', name: 'correlation_id' })
  correlationId!: string;
}

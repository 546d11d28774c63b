// One entry of the audit trail as the lists show it.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ActorKind } from '@kari/kernel';
import type { EntryRow } from './entry.projection.js';

@Entity({ schema: 'audit', name: 'entry' })
export class EntryView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'text', name: 'operation_id' })
  operationId!: string;

  @Column({ type: 'bigint' })
  number!: string;

  @Column({ type: 'timestamptz', name: 'occurred_at' })
  occurredAt!: Date;

  @Column({ type: 'text' })
  actor!: string;

  @Column({ type: 'text', name: 'actor_kind' })
  actorKind!: ActorKind;

  @Column({ type: 'text' })
  operation!: string;

  @Column({ type: 'text' })
  outcome!: EntryRow['outcome'];

  @Column({ type: 'text', nullable: true })
  code!: string | null;

  @Column({ type: 'text', nullable: true })
  subject!: string | null;

  @Column({ type: 'jsonb' })
  facts!: Record<string, unknown>;

  @Column({ type: 'jsonb' })
  events!: string[];

  @Column({ type: 'text', name: 'correlation_id' })
  correlationId!: string;

  @Column({ type: 'text', name: 'command_id', nullable: true })
  commandId!: string | null;

  @Column({ type: 'text', nullable: true })
  traceparent!: string | null;

  @Column({ type: 'bigint' })
  position!: string;
}

// One fact of an extension's history as it is listed.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ExtensionEvent } from '../lifecycle/extension.events.js';

@Entity({ schema: 'extension', name: 'history' })
export class HistoryView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'text' })
  extension!: string;

  @PrimaryColumn({ type: 'bigint' })
  revision!: string;

  @Column({ type: 'text' })
  type!: ExtensionEvent['type'];

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ type: 'text' })
  actor!: string;

  @Column({ type: 'text', name: 'actor_kind' })
  actorKind!: string;

  @Column({ type: 'text', name: 'correlation_id' })
  correlationId!: string;

  @Column({ type: 'jsonb' })
  data!: ExtensionEvent['data'];
}

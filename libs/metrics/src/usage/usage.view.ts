// One hour of one extension in one tenant, as read.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'metrics', name: 'usage' })
export class UsageView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'text' })
  extension!: string;

  @PrimaryColumn({ type: 'timestamptz' })
  hour!: Date;

  @Column({ type: 'text' })
  version!: string;

  @Column({ type: 'bigint' })
  calls!: string;

  @Column({ type: 'bigint' })
  failed!: string;

  @Column({ type: 'jsonb' })
  errors!: Readonly<Record<string, number>>;

  @Column({ type: 'jsonb' })
  latency!: readonly number[];

  @Column({ type: 'bigint', name: 'cpu_milliseconds' })
  cpuMilliseconds!: string;

  @Column({ type: 'bigint', name: 'peak_memory_bytes' })
  peakMemoryBytes!: string;

  @Column({ type: 'timestamptz', name: 'measured_at' })
  measuredAt!: Date;
}

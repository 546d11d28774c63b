// One member as the lists show it.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Role } from '../access/access.rules.js';

@Entity({ schema: 'tenancy', name: 'member' })
export class MemberView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'text' })
  member!: string;

  @Column({ type: 'text', nullable: true })
  email!: string | null;

  @Column({ type: 'text', nullable: true })
  name!: string | null;

  @Column({ type: 'jsonb' })
  roles!: Role[];

  @Column({ type: 'timestamptz', name: 'added_at' })
  addedAt!: Date;
}

// One API token as the lists show it.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TokenOwner } from './token.decider.js';

@Entity({ schema: 'tenancy', name: 'token' })
export class TokenView {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'text' })
  token!: string;

  @Column({ type: 'text', name: 'owner_kind' })
  ownerKind!: TokenOwner['kind'];

  @Column({ type: 'text' })
  owner!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'jsonb', nullable: true })
  rights!: string[] | null;

  @Column({ type: 'timestamptz', name: 'issued_at' })
  issuedAt!: Date;

  @Column({ type: 'text', name: 'issued_by' })
  issuedBy!: string;

  @Column({ type: 'timestamptz', name: 'expires_at' })
  expiresAt!: Date;

  @Column({ type: 'timestamptz', name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;
}

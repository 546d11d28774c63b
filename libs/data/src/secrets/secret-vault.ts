// The only place where a secret's value is at rest (sealed) and comes to light again.
import { createHmac } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, isoNow, RANDOM, type Clock, type Random } from '@kari/kernel';
import { KEYS, type Keys } from '@kari/platform/crypto';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import { REDACTOR, type Redactor } from '@kari/platform/telemetry';

export interface SecretPlace {
  readonly tenant: string;
  readonly extension: string;
  readonly name: string;
}

const ABANDONED_MS = 3_600_000;

@Injectable()
export class SecretVault {
  // Keys of tenants seen, unsealed: deriving one for each handle would cost a query and a decryption.
  private readonly keys = new Map<string, Promise<Buffer>>();

  constructor(
    @Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase,
    @Inject(KEYS) private readonly seals: Keys,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
    @Inject(REDACTOR) private readonly redactor: Redactor,
  ) {}

  /** Repeating it with the same id changes nothing. */
  async put(id: string, place: SecretPlace, value: string): Promise<void> {
    this.redactor.learn(value);
    const sealed = await this.seals.seal(place.tenant, purposeOf(place), value);
    await this.database.query(
      `insert into data.sealed_secret (id, tenant, extension, name, sealed, sealed_at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
      [id, place.tenant, place.extension, place.name, sealed, isoNow(this.clock)],
    );
  }

  /** Null when there is no such row at that place: an id alone opens nothing. */
  async open(id: string, place: SecretPlace): Promise<string | null> {
    const [row] = await this.database.query<{ sealed: string }>(
      'select sealed from data.sealed_secret where id = $1 and tenant = $2 and extension = $3 and name = $4',
      [id, place.tenant, place.extension, place.name],
    );
    if (row === undefined) return null;
    const value = await this.seals.open(place.tenant, purposeOf(place), row.sealed);
    // From here on it may come back in an answer or an error: whatever is written down hides it.
    this.redactor.learn(value);
    return value;
  }

  /**
   * Removes rows that no event came to name: of refused, crashed or overtaken attempts. Only old ones: a row is sealed before its event is
   * written, and may belong to an attempt that is under way.
   */
  async sweep(place: SecretPlace, current: string | null): Promise<void> {
    const before = new Date(this.clock.now() - ABANDONED_MS).toISOString();
    await this.database.query(
      `delete from data.sealed_secret
       where tenant = $1 and extension = $2 and name = $3 and id is distinct from $4::uuid and sealed_at < $5`,
      [place.tenant, place.extension, place.name, current, before],
    );
  }

  async remove(id: string, place: SecretPlace): Promise<void> {
    await this.database.query('delete from data.sealed_secret where id = $1 and tenant = $2', [id, place.tenant]);
  }

  async forgetTenant(tenant: string): Promise<void> {
    await this.database.query('delete from data.sealed_secret where tenant = $1', [tenant]);
    await this.database.query('delete from data.secret_key where tenant = $1', [tenant]);
    this.keys.delete(tenant);
  }

  /** HMAC under the tenant's own key: equal texts of two tenants look different. */
  async sign(tenant: string, text: string): Promise<string> {
    return createHmac('sha256', await this.keyOf(tenant))
      .update(text)
      .digest('hex');
  }

  async keyOf(tenant: string): Promise<Buffer> {
    const known = this.keys.get(tenant);
    if (known !== undefined) return known;
    const loading = this.loadKey(tenant);
    this.keys.set(tenant, loading);
    loading.catch(() => this.keys.delete(tenant));
    return loading;
  }

  private async loadKey(tenant: string): Promise<Buffer> {
    const fresh = await this.seals.seal(tenant, 'secret-key', Buffer.from(this.random.bytes(32)).toString('base64'));
    await this.database.query('insert into data.secret_key (tenant, sealed) values ($1, $2) on conflict do nothing', [tenant, fresh]);
    // Read back: another process may have been first.
    const [row] = await this.database.query<{ sealed: string }>('select sealed from data.secret_key where tenant = $1', [tenant]);
    return Buffer.from(await this.seals.open(tenant, 'secret-key', row?.sealed ?? ''), 'base64');
  }
}

function purposeOf({ extension, name }: SecretPlace): string {
  return `secret/${extension}/${name}`;
}

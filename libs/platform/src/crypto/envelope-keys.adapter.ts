// Data keys under a master key (envelope encryption). Keys in clear live in this process's memory only, and only for seconds, so that an
// erasure in another process takes hold here too.
import { randomBytes } from 'node:crypto';
import { rejected, type Clock } from '@kari/kernel';
import { BrokenSeal, decrypt, encrypt, nonceFor, placeOf } from './cipher.js';
import type { KeyTable, WrappedKey } from './key-table.port.js';
import type { Keys } from './keys.port.js';
import type { MasterKeys } from './master-key.js';

export interface EnvelopeKeysOptions {
  readonly masters: MasterKeys;
  readonly table: KeyTable;
  readonly clock: Clock;
  /** How long a key may be remembered: the delay of an erasure by another process. Default 5,000. */
  readonly rememberMilliseconds?: number;
}

interface Remembered {
  /** Null: destroyed. */
  readonly key: Promise<Buffer | null>;
  readonly until: number;
}

const LENGTH = 32;
const MOST_REMEMBERED = 10_000;
const PAGE = 200;
const PERSONAL = 'p1.';
const SEALED = 's1.';

export class EnvelopeKeys implements Keys {
  private readonly remembered = new Map<string, Remembered>();

  constructor(private readonly options: EnvelopeKeysOptions) {}

  async encrypt(tenant: string, subject: string, context: string, plaintext: string): Promise<string> {
    const key = await this.keyOf(tenant, subjectOwner(subject), true);
    if (key === null) throw rejected('EVENT_SUBJECT_ERASED', { subject });
    const place = placeOf(tenant, subject, context);
    const text = Buffer.from(plaintext);
    return PERSONAL + encrypt(key, place, text, nonceFor(key, place, text));
  }

  async decrypt(tenant: string, subject: string, context: string, ciphertext: string): Promise<string | null> {
    const key = await this.keyOf(tenant, subjectOwner(subject), false);
    if (key === null) return null;
    return opened(key, PERSONAL, placeOf(tenant, subject, context), ciphertext, `subject ${subject}`);
  }

  async erase(tenant: string, subject: string): Promise<void> {
    await this.options.table.destroy(tenant, subjectOwner(subject));
    this.remembered.delete(placeOf(tenant, subjectOwner(subject)));
  }

  async seal(tenant: string, purpose: string, plaintext: string): Promise<string> {
    const key = await this.keyOf(tenant, purposeOwner(purpose), true);
    if (key === null) throw rejected('EVENT_SEAL_BROKEN', { owner: purpose });
    return SEALED + encrypt(key, placeOf(tenant, purpose), Buffer.from(plaintext));
  }

  async open(tenant: string, purpose: string, sealed: string): Promise<string> {
    const key = await this.keyOf(tenant, purposeOwner(purpose), false);
    if (key === null) throw rejected('EVENT_SEAL_BROKEN', { owner: purpose });
    return opened(key, SEALED, placeOf(tenant, purpose), sealed, purpose);
  }

  async rewrap(): Promise<number> {
    const { table, masters } = this.options;
    let moved = 0;
    for (;;) {
      const keys = await table.notUnder(masters.current.id, PAGE);
      if (keys.length === 0) return moved;
      for (const old of keys) {
        const key = this.unwrap(old);
        // One that changed meanwhile was moved or destroyed by somebody else: the next page shows which.
        if (key !== null && (await table.replace(old, this.wrap(old.tenant, old.owner, key), masters.current.id))) moved += 1;
      }
    }
  }

  private async keyOf(tenant: string, owner: string, make: boolean): Promise<Buffer | null> {
    const place = placeOf(tenant, owner);
    const known = this.remembered.get(place);
    const now = this.options.clock.monotonic();
    if (known !== undefined && known.until > now) {
      const key = await known.key;
      if (key !== null || !make) return key;
    }
    const key = this.load(tenant, owner, make);
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    this.remembered.set(place, { key, until: now + (this.options.rememberMilliseconds ?? 5_000) });
    // A failed look-up is nobody's answer; nor is the absence of a key that may be made the next moment.
    const forget = (): void => void (this.remembered.get(place)?.key === key && this.remembered.delete(place));
    key.then((found) => found === null && forget(), forget);
    return key;
  }

  private async load(tenant: string, owner: string, make: boolean): Promise<Buffer | null> {
    const { table, masters } = this.options;
    let row = await table.find(tenant, owner);
    if (row === null) {
      if (!make) return null;
      row = await table.insert({ tenant, owner, wrapped: this.wrap(tenant, owner, randomBytes(LENGTH)), master: masters.current.id });
    }
    return this.unwrap(row);
  }

  private wrap(tenant: string, owner: string, key: Buffer): string {
    return encrypt(this.options.masters.current.bytes, placeOf('data key', tenant, owner), key);
  }

  private unwrap(row: WrappedKey): Buffer | null {
    if (row.wrapped === null) return null;
    const { current, previous } = this.options.masters;
    const master = [current, ...previous].find((candidate) => candidate.id === row.master);
    if (master === undefined) {
      throw rejected('EVENT_MASTER_KEY_INVALID', {
        reason: `a key of ${row.owner} was wrapped by master key ${row.master}, which is not here`,
      });
    }
    try {
      return decrypt(master.bytes, placeOf('data key', row.tenant, row.owner), row.wrapped);
    } catch (error) {
      throw error instanceof BrokenSeal ? rejected('EVENT_SEAL_BROKEN', { owner: row.owner }) : error;
    }
  }
}

function opened(key: Buffer, prefix: string, place: string, text: string, owner: string): string {
  try {
    if (!text.startsWith(prefix)) throw new BrokenSeal('of another kind');
    return decrypt(key, place, text.slice(prefix.length)).toString('utf8');
  } catch (error) {
    throw error instanceof BrokenSeal ? rejected('EVENT_SEAL_BROKEN', { owner }) : error;
  }
}

function subjectOwner(subject: string): string {
  return `subject/${subject}`;
}

function purposeOwner(purpose: string): string {
  return `purpose/${purpose}`;
}

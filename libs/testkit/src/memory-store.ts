// The key-value store of one extension in one tenant, with the rules of the real one: versions, conflicts, a quota counted before the write.
import { KariError } from '@kari/sdk';

export class MemoryStore {
  readonly #entries = new Map<string, { readonly text: string; readonly version: number }>();
  #lastVersion = 0;

  constructor(private readonly quota: number) {}

  get(key: string): { value: unknown; version: number | null } {
    const entry = this.#entries.get(checkedKey(key));
    return entry === undefined ? { value: null, version: null } : { value: JSON.parse(entry.text) as unknown, version: entry.version };
  }

  set(key: string, value: unknown, expectedVersion?: number): { version: number } {
    const text = JSON.stringify(value);
    if (text === undefined) throw new KariError('INVALID', 'A value must be JSON.');
    if (text.length > 256 * 1024) throw limit('DATA_KV_VALUE_TOO_LARGE', `The value of ${key} is larger than 256 KiB.`);
    const actual = this.#entries.get(checkedKey(key))?.version ?? 0;
    if (expectedVersion !== undefined && expectedVersion !== actual) {
      throw new KariError('INVALID', `${key} is at version ${actual}, not ${expectedVersion}.`, {
        reason: 'DATA_KV_CONFLICT',
        facts: { key, actual },
      });
    }
    const replaced = this.#entries.get(key);
    const bytes = this.bytes - weight(key, replaced?.text) + weight(key, text);
    if (bytes > this.quota) throw limit('DATA_KV_QUOTA', `The store would hold ${bytes} bytes; granted are ${this.quota}.`);
    this.#lastVersion += 1;
    this.#entries.set(key, { text, version: this.#lastVersion });
    return { version: this.#lastVersion };
  }

  delete(key: string): { deleted: boolean } {
    return { deleted: this.#entries.delete(checkedKey(key)) };
  }

  list({ prefix = '', after, limit: most = 100 }: { prefix?: string; after?: string; limit?: number }): unknown {
    const keys = [...this.#entries.keys()].filter((key) => key.startsWith(prefix) && (after === undefined || key > after)).sort();
    const entries = keys
      .slice(0, most)
      .map((key) => ({ key, version: this.#entries.get(key)!.version, bytes: weight(key, this.#entries.get(key)!.text) }));
    return { entries, next: keys.length > most ? (entries.at(-1)?.key ?? null) : null };
  }

  get bytes(): number {
    return [...this.#entries].reduce((sum, [key, { text }]) => sum + weight(key, text), 0);
  }

  /** Everything that is stored, for assertions. */
  contents(): Readonly<Record<string, unknown>> {
    return Object.fromEntries([...this.#entries].map(([key, { text }]) => [key, JSON.parse(text) as unknown]));
  }
}

function weight(key: string, text: string | undefined): number {
  return text === undefined ? 0 : Buffer.byteLength(key) + Buffer.byteLength(text);
}

function checkedKey(key: string): string {
  if (typeof key === 'string' && key.length >= 1 && key.length <= 256 && !/[\u0000-\u001f\u007f]|\p{Surrogate}/u.test(key)) return key;
  throw new KariError('INVALID', 'A key has 1 to 256 characters and no control characters.');
}

function limit(reason: string, message: string): KariError {
  return new KariError('LIMIT', message, { reason });
}

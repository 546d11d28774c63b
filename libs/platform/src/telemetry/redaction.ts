// Keeps secrets out of everything that is written down. A value is hidden by the name it stands under, at any depth; by its shape (bearer
// tokens, keys, passwords in text); and by being a secret somebody taught us, in any of the usual encodings. Control characters are made visible,
// so that no text can forge a line or speak to a terminal.

const HIDDEN = '[redacted]';
const DEEPEST = 6;
const MOST_ENTRIES = 64;
const MOST_NODES = 1_000;
const LONGEST_TEXT = 8_192;
const SHORTEST_SECRET = 6;
const MOST_SECRETS = 10_000;

const SECRET_WORDS =
  'passwords?|passwd|pwd|passphrases?|secrets?|secretvalue|tokens?|authori[sz]ation|api_?-?keys?|credentials?|private_?-?keys?|master_?-?key|access_?-?keys?|cookies?|jwt|bearer';
const SECRET_NAME = new RegExp(`(${SECRET_WORDS.replaceAll('_?-?', '')})$`);
/** `password=…`, `"apiKey": "…"`, `token: …` inside a text; a quoted value ends at its quote. */
const NAMED_IN_TEXT = new RegExp(
  `((?:${SECRET_WORDS})["'\\\\]{0,4}\\s{0,4}(?:=>|[:=])\\s{0,4})(?!\\[redacted\\])(\\\\?"(?:[^"\\\\]|\\\\[^"])*\\\\?"|'[^']*'|(?:Bearer|Basic)\\s+[^\\s,;&}\\])]+|[^\\s,;&}\\])"']+)`,
  'gi',
);
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, HIDDEN],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${HIDDEN}`],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, HIDDEN],
  [/\bkari_[\w-]{12,}/g, HIDDEN],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]*@/gi, `$1${HIDDEN}@`],
];
// C0 and C1 controls, line and paragraph separators, bidirectional overrides.

const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const VISIBLE: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

export class Redactor {
  // Every spelling of a known secret, longest first when searched.
  private readonly known = new Map<string, readonly string[]>();
  private spellings: readonly string[] = [];

  /** From now on this value is hidden wherever it appears. Values shorter than six characters would hide ordinary words and are left alone. */
  learn(secret: string): void {
    if (secret.length < SHORTEST_SECRET || this.known.has(secret)) return;
    if (this.known.size >= MOST_SECRETS) this.known.delete(this.known.keys().next().value as string);
    this.known.set(secret, spellingsOf(secret));
    this.spellings = [...new Set([...this.known.values()].flat())].sort((a, b) => b.length - a.length);
  }

  /** A text that is safe to write: secrets hidden, controls visible, length bounded. */
  text(text: string, inputs: readonly string[] = []): string {
    let clean = this.withoutKnown(text.length > LONGEST_TEXT * 4 ? text.slice(0, LONGEST_TEXT * 4) : text);
    for (const input of inputs) if (input.length >= SHORTEST_SECRET && clean.includes(input)) clean = clean.replaceAll(input, '[input]');
    clean = shapeless(clean);
    clean = clean.replace(NAMED_IN_TEXT, `$1${HIDDEN}`);
    clean = clean.replace(CONTROLS, (control) => VISIBLE[control] ?? `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
    return clean.length > LONGEST_TEXT ? `${clean.slice(0, LONGEST_TEXT)}… [cut]` : clean;
  }

  /** A whole copy of a JSON value for those who may see it: nothing is cut, and secrets are hidden by their name, their shape and their value. */
  masked(value: unknown): unknown {
    if (typeof value === 'string') return this.hidden(value);
    if (Array.isArray(value)) return value.map((item) => this.masked(item));
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value).map(([name, member]) => [
      name,
      isSecretName(name) && !isHarmless(member) ? HIDDEN : this.masked(member),
    ]);
    return Object.fromEntries(members) as unknown;
  }

  /** A plain, bounded copy of any value that is safe to write. Never calls `toJSON`, never throws. */
  clean(value: unknown, inputs: readonly string[] = []): unknown {
    return this.copy(value, { inputs, nodes: MOST_NODES, seen: new Set() }, 0);
  }

  private hidden(text: string): string {
    return shapeless(this.withoutKnown(text));
  }

  private withoutKnown(text: string): string {
    return this.spellings.reduce((clean, secret) => (clean.includes(secret) ? clean.replaceAll(secret, HIDDEN) : clean), text);
  }

  private copy(value: unknown, walk: Walk, depth: number): unknown {
    if (typeof value === 'string') return this.text(value);
    if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
    if (typeof value === 'bigint') return value.toString();
    if (typeof value !== 'object') return undefined;
    if (walk.seen.has(value)) return '[circular]';
    if (depth >= DEEPEST || walk.nodes <= 0) return '[cut]';
    walk.nodes -= 1;
    walk.seen.add(value);
    try {
      return this.copyObject(value, walk, depth);
    } catch {
      return '[unreadable]';
    } finally {
      walk.seen.delete(value);
    }
  }

  private copyObject(value: object, walk: Walk, depth: number): unknown {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (value instanceof URL) return this.text(value.href);
    if (value instanceof Error) return this.copyError(value, walk, depth);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    if (value instanceof Map) return this.copyEntries([...value.entries()].slice(0, MOST_ENTRIES + 1), walk, depth);
    const items = Array.isArray(value) ? value : value instanceof Set ? [...value] : null;
    if (items === null) return this.copyEntries(entriesOf(value), walk, depth);
    if (looksLikeRawHeaders(items)) return `[${items.length} headers]`;
    const copied = items.slice(0, MOST_ENTRIES).map((item) => this.copy(item, walk, depth + 1));
    return items.length > MOST_ENTRIES ? [...copied, `[${items.length - MOST_ENTRIES} more]`] : copied;
  }

  private copyEntries(entries: readonly (readonly [unknown, unknown])[], walk: Walk, depth: number): Record<string, unknown> {
    const copied: Record<string, unknown> = {};
    for (const [key, entry] of entries.slice(0, MOST_ENTRIES)) {
      const name = this.text(typeof key === 'string' ? key : String(key));
      const safe = isSecretName(name) && !isHarmless(entry) ? HIDDEN : this.copy(entry, walk, depth + 1);
      Object.defineProperty(copied, name, { value: safe, enumerable: true, configurable: true, writable: true });
    }
    if (entries.length > MOST_ENTRIES) copied['[more]'] = entries.length - MOST_ENTRIES;
    return copied;
  }

  // The message of an error is written by whoever threw it and may repeat what the caller sent; the frames of its stack are ours.
  private copyError(error: Error, walk: Walk, depth: number): Record<string, unknown> {
    const code: unknown = (error as { code?: unknown }).code;
    const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
    return {
      name: this.text(error.name),
      message: this.text(error.message, walk.inputs),
      ...(typeof code === 'string' || typeof code === 'number' ? { code: this.text(String(code)) } : {}),
      frames: frames.slice(0, 12).map((frame) => this.text(frame.trim(), walk.inputs)),
      ...(error.cause === undefined ? {} : { cause: this.copy(error.cause, walk, depth + 1) }),
    };
  }
}

interface Walk {
  readonly inputs: readonly string[];
  nodes: number;
  readonly seen: Set<object>;
}

/** Whether what stands under this name is secret: `apiKey`, `API-Key`, `client_secret`, `refreshTokens`; not `tokenId`, not `secretName`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(
    name
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[^a-z0-9]/g, ''),
  );
}

function isHarmless(value: unknown): boolean {
  return value === null || value === undefined || typeof value === 'boolean';
}

function entriesOf(value: object): readonly (readonly [string, unknown])[] {
  return Object.keys(value)
    .slice(0, MOST_ENTRIES + 1)
    .map((key) => {
      try {
        return [key, (value as Record<string, unknown>)[key]] as const;
      } catch {
        return [key, '[unreadable]'] as const;
      }
    });
}

// Node's `rawHeaders` is a flat list in which a secret stands beside its name, not under it.
function looksLikeRawHeaders(items: readonly unknown[]): boolean {
  return items.some((item) => typeof item === 'string' && item.length < 64 && isSecretName(item));
}

function spellingsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const json = JSON.stringify(secret).slice(1, -1);
  const all = [
    secret,
    json,
    encodeURIComponent(secret),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
  return [...new Set(all)];
}

function shapeless(text: string): string {
  return SHAPES.reduce((clean, [shape, replacement]) => clean.replace(shape, replacement), text);
}

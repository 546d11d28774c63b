// One text per JSON value (keys in code-unit order, as RFC 8785): what is hashed, compared on a retry and stored is the same bytes.

/** The value is not JSON that every adapter can keep; `path` is a JSON pointer to the first fault. */
export class NotJson extends Error {
  constructor(
    readonly path: string,
    readonly fault: string,
  ) {
    super(`${path === '' ? 'the body' : path} ${fault}`);
    this.name = 'NotJson';
  }
}

const DEEPEST = 64;

/**
 * Throws `NotJson` for what JSON would drop or bend (NaN, bigint, functions, class instances, holes), for cycles and nesting over 64, and
 * for text that no database column can hold (NUL, lone surrogates). A key whose value is undefined is left out.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeText(value);
    case 'number':
      if (!Number.isFinite(value)) throw new NotJson('', 'is not a finite number');
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth === DEEPEST) throw new NotJson('', `is nested deeper than ${DEEPEST} levels`);
      return Array.isArray(value) ? writeArray(value, depth + 1) : writeObject(value, depth + 1);
    default:
      throw new NotJson('', `is ${value === undefined ? 'missing' : `a ${typeof value}`}, which JSON does not have`);
  }
}

function writeArray(value: readonly unknown[], depth: number): string {
  let text = '[';
  let index = 0;
  try {
    for (; index < value.length; index += 1) {
      if (index > 0) text += ',';
      text += write(value[index], depth);
    }
  } catch (error) {
    throw placed(error, String(index));
  }
  return `${text}]`;
}

function writeObject(value: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A plain object of another realm (a worker, a test sandbox) is as plain as ours.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throw new NotJson('', 'is an instance of a class');
  let text = '';
  // The path is only put together where there is a fault to tell of.
  let at: string | null = null;
  try {
    for (const key of sortedKeys(value)) {
      const member = (value as Readonly<Record<string, unknown>>)[key];
      if (member === undefined) continue;
      at = null;
      const name = writeText(key);
      at = key;
      text += text === '' ? `${name}:${write(member, depth)}` : `,${name}:${write(member, depth)}`;
    }
  } catch (error) {
    throw at === null ? error : placed(error, at);
  }
  return `{${text}}`;
}

function placed(error: unknown, key: string): unknown {
  return error instanceof NotJson ? new NotJson(`/${pointerPart(key)}${error.path}`, error.fault) : error;
}

function sortedKeys(value: object): readonly string[] {
  const keys = Object.keys(value);
  for (let index = 1; index < keys.length; index += 1) if (keys[index - 1]! > keys[index]!) return keys.sort();
  return keys;
}

/** Text that stands in JSON as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

function writeText(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`;
  if (value.includes('\u0000')) throw new NotJson('', 'holds the NUL character');
  if (!isWellFormed(value)) throw new NotJson('', 'is not well-formed Unicode');
  return JSON.stringify(value);
}

/** No lone surrogates: such a text has no UTF-8 form and would come back changed. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function pointerPart(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

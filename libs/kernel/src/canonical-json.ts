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
  return write(value, '', 0);
}

function write(value: unknown, path: string, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeText(value, path);
    case 'number':
      if (!Number.isFinite(value)) throw new NotJson(path, 'is not a finite number');
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth === DEEPEST) throw new NotJson(path, `is nested deeper than ${DEEPEST} levels`);
      return Array.isArray(value) ? writeArray(value, path, depth) : writeObject(value, path, depth);
    default:
      throw new NotJson(path, `is ${value === undefined ? 'missing' : `a ${typeof value}`}, which JSON does not have`);
  }
}

function writeArray(value: readonly unknown[], path: string, depth: number): string {
  let text = '[';
  for (let index = 0; index < value.length; index += 1) {
    if (index > 0) text += ',';
    text += write(value[index], `${path}/${index}`, depth + 1);
  }
  return `${text}]`;
}

function writeObject(value: object, path: string, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A plain object of another realm (a worker, a test sandbox) is as plain as ours.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throw new NotJson(path, 'is an instance of a class');
  let text = '';
  for (const key of Object.keys(value).sort()) {
    const member = (value as Readonly<Record<string, unknown>>)[key];
    if (member === undefined) continue;
    const name = writeText(key, path);
    text += `${text === '' ? '' : ','}${name}:${write(member, `${path}/${pointerPart(key)}`, depth + 1)}`;
  }
  return `{${text}}`;
}

function writeText(value: string, path: string): string {
  if (value.includes('\u0000')) throw new NotJson(path, 'holds the NUL character');
  if (!isWellFormed(value)) throw new NotJson(path, 'is not well-formed Unicode');
  return JSON.stringify(value);
}

/** No lone surrogates: such a text has no UTF-8 form and would come back changed. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function pointerPart(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

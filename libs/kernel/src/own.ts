/**
 * What a record holds under a name that somebody else chose; `undefined` where it holds nothing. A plain `record[name]` would answer what every
 * object inherits to whoever asks for `constructor`.
 */
export function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

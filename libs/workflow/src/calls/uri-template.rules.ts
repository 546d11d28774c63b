// URI templates as the DSL has them: the simple expansion of RFC 6570 alone, from the top level of a task's input.
import { Refusal, standardError } from '../run/run-error.rules.js';

/** Missing and null values are nothing; an object or a list is an error of type expression. */
export function expandUri(template: string, input: unknown): string {
  return template.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    const value: unknown = isRecord(input) && Object.hasOwn(input, name) ? input[name] : null;
    if (value === null || value === undefined) return '';
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      throw new Refusal(standardError('expression', `{${name}} of an address is no single value`));
    const text = String(value);
    // Both would be resolved away, and another path asked for than was written.
    if (text === '.' || text === '..') throw new Refusal(standardError('validation', `{${name}} of an address cannot be "${text}"`));
    return encoded(text, name);
  });
}

function encoded(text: string, name: string): string {
  try {
    return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  } catch {
    throw new Refusal(standardError('validation', `{${name}} of an address holds half a character`));
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

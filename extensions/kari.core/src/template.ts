// Logic-less templates after Mustache, without partials, lambdas and changed delimiters: nothing in a template is ever run.

export type Escape = 'none' | 'html' | 'url' | 'json';

export class TemplateProblem extends Error {
  constructor(
    readonly kind: 'TEMPLATE_INVALID' | 'VALUE_MISSING' | 'TEXT_TOO_LONG',
    message: string,
    readonly missing?: string,
  ) {
    super(message);
  }
}

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'section'; readonly name: string; readonly inverted: boolean; readonly parts: Part[] };

const LONGEST = 262_144;
const DEEPEST = 32;

export function fill(template: string, values: unknown, escape: Escape, missing: 'empty' | 'error'): string {
  const output: string[] = [];
  let length = 0;
  const write = (text: string) => {
    length += text.length;
    if (length > LONGEST) throw new TemplateProblem('TEXT_TOO_LONG', `The text has more than ${LONGEST} characters.`);
    output.push(text);
  };
  const draw = (parts: readonly Part[], scopes: readonly unknown[]): void => {
    for (const part of parts) {
      if (part.kind === 'text') write(part.text);
      else if (part.kind === 'value') {
        const value = find(part.name, scopes);
        if (value === undefined && missing === 'error')
          throw new TemplateProblem('VALUE_MISSING', `There is no value for ${part.name}.`, part.name);
        write(escaped(value, escape));
      } else {
        const value = find(part.name, scopes);
        if (part.inverted) {
          if (isEmpty(value)) draw(part.parts, scopes);
        } else if (Array.isArray(value)) {
          for (const item of value) draw(part.parts, [item, ...scopes]);
        } else if (!isEmpty(value)) draw(part.parts, [value, ...scopes]);
      }
    }
  };
  draw(parse(template), [values]);
  return output.join('');
}

function parse(template: string): readonly Part[] {
  const root: Part[] = [];
  const open: { name: string; parts: Part[] }[] = [];
  let target = root;
  let end = 0;
  for (const match of template.matchAll(/\{\{\s*([#^/!]?)\s*([^{}]*?)\s*\}\}/g)) {
    if (match.index > end) target.push({ kind: 'text', text: template.slice(end, match.index) });
    end = match.index + match[0].length;
    const [, sign, name = ''] = match;
    if (sign === '!') continue;
    if (name === '') throw new TemplateProblem('TEMPLATE_INVALID', `A tag at position ${match.index} names nothing.`);
    if (sign === '#' || sign === '^') {
      const section = { kind: 'section' as const, name, inverted: sign === '^', parts: [] };
      target.push(section);
      open.push({ name, parts: target });
      if (open.length > DEEPEST) throw new TemplateProblem('TEMPLATE_INVALID', `Sections are nested deeper than ${DEEPEST}.`);
      target = section.parts;
    } else if (sign === '/') {
      const section = open.pop();
      if (section?.name !== name) {
        const expected = section === undefined ? 'no section is open' : `"${section.name}" is open`;
        throw new TemplateProblem('TEMPLATE_INVALID', `{{/${name}}} at position ${match.index}: ${expected}.`);
      }
      target = section.parts;
    } else target.push({ kind: 'value', name });
  }
  const left = open.at(-1);
  if (left !== undefined) throw new TemplateProblem('TEMPLATE_INVALID', `The section "${left.name}" is not closed.`);
  if (end < template.length) target.push({ kind: 'text', text: template.slice(end) });
  return root;
}

/** The innermost scope that has the first name of the path. Only own properties count. */
function find(path: string, scopes: readonly unknown[]): unknown {
  if (path === '.') return scopes[0];
  const [first = '', ...rest] = path.split('.');
  const holder = scopes.find((scope) => typeof scope === 'object' && scope !== null && Object.hasOwn(scope, first));
  return [first, ...rest].reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined,
    holder,
  );
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === false || value === '' || (Array.isArray(value) && value.length === 0);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(value: unknown, escape: Escape): string {
  if (escape === 'json') return JSON.stringify(value ?? null);
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (escape === 'html') return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
  return escape === 'url' ? encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd')) : text;
}

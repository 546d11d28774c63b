// Reads the text of a manifest as JSON and remembers where everything stands. Size and depth are judged on the raw text, before a parser
// that recurses sees it.
import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import { below, tokensOf } from '../schema/pointer.js';
import { forbiddenNames } from '../schema/schema-keywords.js';
import type { Finding } from './manifest-problem.js';

export const manifestLimits = { characters: 256 * 1024, depth: 48 } as const;

export interface ManifestText {
  readonly value: unknown;
  readonly findings: readonly Finding[];
  /** Every string with its place: keys and values. */
  readonly strings: readonly { readonly pointer: string; readonly text: string; readonly atKey: boolean }[];
  /** The place of a finding: both count from 1. */
  locate(finding: Finding): { readonly line: number; readonly column: number };
}

interface Place {
  readonly value: number;
  readonly key: number;
}

export function readManifestText(text: string): ManifestText {
  const places = new Map<string, Place>([['', { value: 0, key: 0 }]]);
  const lineStarts = startsOfLines(text);
  const locate = ({ pointer, atKey }: Finding) => {
    const place = placeOf(places, pointer);
    return lineAndColumn(lineStarts, atKey === true ? place.key : place.value);
  };
  const unreadable = (finding: Finding, offset: number): ManifestText => {
    places.set('', { value: offset, key: offset });
    return { value: undefined, findings: [finding], strings: [], locate };
  };

  const excess = excessOf(text);
  if (excess !== null) return unreadable({ code: 'PACKAGE_MANIFEST_SIZE', pointer: '', ...excess }, excess.offset);
  const errors: ParseError[] = [];
  const root = parsed(text, errors);
  if (root === 'too deep')
    return unreadable({ code: 'PACKAGE_MANIFEST_SIZE', pointer: '', reason: 'it is nested too deeply', fix: 'Flatten it.' }, 0);
  const [error] = errors;
  if (error !== undefined || root === undefined) {
    const name = error === undefined ? 'ValueExpected' : printParseErrorCode(error.error);
    return unreadable(
      { code: 'PACKAGE_MANIFEST_SYNTAX', pointer: '', ...(syntaxWords[name] ?? { reason: name, fix: 'Correct the JSON.' }) },
      error?.offset ?? 0,
    );
  }

  const findings: Finding[] = [];
  const strings: { pointer: string; text: string; atKey: boolean }[] = [];
  const visit = (node: Node, pointer: string, key: number): void => {
    places.set(pointer, { value: node.offset, key });
    if (node.type === 'string') strings.push({ pointer, text: node.value as string, atKey: false });
    if (node.type === 'array') node.children?.forEach((child, index) => visit(child, below(pointer, index), child.offset));
    if (node.type !== 'object') return;
    const seen = new Set<string>();
    for (const [name, value] of (node.children ?? []).map(({ children }) => children ?? [])) {
      if (name === undefined || value === undefined) continue;
      const label = name.value as string;
      const at = below(pointer, label);
      // The later member wins, as in JSON.parse; its place is the one that is shown.
      visit(value, at, name.offset);
      strings.push({ pointer: at, text: label, atKey: true });
      if (seen.has(label)) {
        findings.push({
          code: 'PACKAGE_MANIFEST_DUPLICATE',
          pointer: at,
          reason: `the key "${label}" stands twice in one object`,
          fix: 'Remove one of them.',
          atKey: true,
        });
      }
      if (forbiddenNames.has(label)) {
        findings.push({
          code: 'PACKAGE_MANIFEST_UNKNOWN_KEY',
          pointer: at,
          reason: `"${label}" cannot be a name`,
          fix: 'Choose another name.',
          atKey: true,
        });
      }
      seen.add(label);
    }
  };
  visit(root, '', root.offset);
  if (findings.length > 0) return { value: undefined, findings, strings, locate };
  try {
    return { value: JSON.parse(text.replace(/^\ufeff/, '')) as unknown, findings, strings, locate };
  } catch (cause) {
    // Two parsers, one language: where they differ, the strict one counts.
    return unreadable({ code: 'PACKAGE_MANIFEST_SYNTAX', pointer: '', reason: (cause as Error).message, fix: 'Correct the JSON.' }, 0);
  }
}

/** A comment can hide brackets from the count above; the parser's own stack is then the limit. */
function parsed(text: string, errors: ParseError[]): Node | undefined | 'too deep' {
  try {
    return parseTree(text.startsWith('\ufeff') ? ` ${text.slice(1)}` : text, errors, { disallowComments: true, allowTrailingComma: false });
  } catch (error) {
    if (error instanceof RangeError) return 'too deep';
    throw error;
  }
}

function excessOf(text: string): { reason: string; fix: string; offset: number } | null {
  if (text.length > manifestLimits.characters) {
    const reason = `it has ${text.length} characters; the limit is ${manifestLimits.characters}`;
    return { reason, fix: 'Move long texts and data into files of the package.', offset: 0 };
  }
  let depth = 0;
  let inString = false;
  for (let offset = 0; offset < text.length; offset++) {
    const character = text[offset];
    if (inString) {
      if (character === '\\') offset++;
      else if (character === '"' || character === '\n') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') {
      if (++depth > manifestLimits.depth) {
        return { reason: `it is nested deeper than ${manifestLimits.depth} levels`, fix: 'Flatten it.', offset };
      }
    } else if (character === '}' || character === ']') depth--;
  }
  return null;
}

const syntaxWords: Readonly<Record<string, { readonly reason: string; readonly fix: string }>> = {
  InvalidSymbol: {
    reason: 'a word stands where a value must',
    fix: 'Put texts in double quotes; other values are numbers, true, false and null.',
  },
  InvalidNumberFormat: {
    reason: 'a number is not written as JSON writes it',
    fix: 'Write 1, 0.5 or 1e3: no leading zeros, no hexadecimal.',
  },
  PropertyNameExpected: { reason: 'a key is missing', fix: 'Write "key": value; no comma may stand before a closing brace.' },
  ValueExpected: { reason: 'a value is missing', fix: 'Write a value; no comma may stand before a closing bracket.' },
  ColonExpected: { reason: 'a colon is missing', fix: 'Write "key": value.' },
  CommaExpected: { reason: 'a comma is missing', fix: 'Separate members by commas.' },
  CloseBraceExpected: { reason: 'a closing brace is missing', fix: 'Add } where the object ends.' },
  CloseBracketExpected: { reason: 'a closing bracket is missing', fix: 'Add ] where the list ends.' },
  EndOfFileExpected: { reason: 'something follows the end of the object', fix: 'Remove what follows the last brace.' },
  InvalidCommentToken: { reason: 'JSON has no comments', fix: 'Remove the comment; "description" and "reason" are the places for words.' },
  UnexpectedEndOfComment: { reason: 'JSON has no comments', fix: 'Remove the comment.' },
  UnexpectedEndOfString: { reason: 'a text has no closing quote', fix: 'Close the text on its own line.' },
  InvalidUnicode: { reason: 'a \\u escape is not followed by four hexadecimal digits', fix: 'Correct the escape.' },
  InvalidEscapeCharacter: { reason: 'a backslash is followed by a character that needs none', fix: 'Write \\\\ for a backslash.' },
  InvalidCharacter: { reason: 'a text holds a raw control character', fix: 'Write \\n, \\t or \\u00XX.' },
};

function startsOfLines(text: string): readonly number[] {
  const starts = [0];
  for (let index = text.indexOf('\n'); index !== -1; index = text.indexOf('\n', index + 1)) starts.push(index + 1);
  return starts;
}

function lineAndColumn(starts: readonly number[], offset: number): { line: number; column: number } {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - starts[low]! + 1 };
}

/** A pointer to something absent is shown at what would hold it. */
function placeOf(places: ReadonlyMap<string, Place>, pointer: string): Place {
  const exact = places.get(pointer);
  if (exact !== undefined) return exact;
  const tokens = tokensOf(pointer);
  return tokens.length === 0 ? { value: 0, key: 0 } : placeOf(places, tokens.slice(0, -1).reduce(below, ''));
}

// Reads YAML and JSON into plain data and remembers where everything stands; writes both. YAML 1.2 core alone: no custom tags, no merge
// keys, aliases counted.
import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, stringify, type Document, type Node } from 'yaml';
import { forbiddenNames } from '@kari/package';
import type { Json } from '../json.js';
import { below, type Finding } from './problem.rules.js';

export const textLimits = { characters: 256 * 1024, depth: 48, nodes: 20_000, aliases: 100 } as const;

export interface DocumentText {
  /** Undefined when there are findings. */
  readonly value: Json | undefined;
  readonly findings: readonly Finding[];
  /** The place of a finding, or of the nearest thing around it. */
  readonly locate: (finding: Pick<Finding, 'pointer' | 'atKey'>) => { readonly line: number; readonly column: number };
}

interface Place {
  readonly value: number;
  readonly key: number;
}

export type DocumentFormat = 'yaml' | 'json';

export function readDocument(source: string): DocumentText {
  const lines = new LineCounter();
  const places = new Map<string, Place>([['', { value: 0, key: 0 }]]);
  const locate: DocumentText['locate'] = ({ pointer, atKey }) => {
    let at = pointer;
    while (!places.has(at)) at = at.slice(0, at.lastIndexOf('/'));
    const place = places.get(at)!;
    const { line, col } = lines.linePos(atKey === true && at === pointer ? place.key : place.value);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const refuse = (finding: Omit<Finding, 'pointer'>, offset = 0): DocumentText => {
    places.set('', { value: offset, key: offset });
    return { value: undefined, findings: [{ pointer: '', ...finding }], locate };
  };

  if (source.length > textLimits.characters) return refuse(tooLarge(`it has ${source.length} characters; ${textLimits.characters} may be`));
  const depth = bracketsIn(source);
  if (depth > textLimits.depth * 2) return refuse(tooLarge('it is nested too deep'));
  try {
    const parsed = parseDocument(source, {
      lineCounter: lines,
      schema: 'core',
      version: '1.2',
      merge: false,
      uniqueKeys: true,
      prettyErrors: false,
    });
    const [wrong] = [...parsed.errors, ...parsed.warnings];
    if (wrong !== undefined) {
      const reason = wrong.message.split('\n')[0]!.replace(/[.:]$/, '').slice(0, 200);
      return refuse({ code: 'WORKFLOW_DOCUMENT_SYNTAX', reason, fix: 'Correct the YAML or JSON at this place.' }, wrong.pos[0]);
    }
    const findings = visit(parsed, places);
    if (findings.length > 0) return { value: undefined, findings, locate };
    const value = parsed.toJS({ maxAliasCount: textLimits.aliases }) as Json;
    const grown = sizeFinding(value);
    return grown === null ? { value, findings: [], locate } : refuse(grown);
  } catch (error) {
    if (error instanceof RangeError) return refuse(tooLarge('it is nested too deep'));
    if (error instanceof ReferenceError) return refuse(tooLarge(`its aliases grow it too much: ${error.message}`));
    throw error;
  }
}

export function writeDocument(value: unknown, format: DocumentFormat): string {
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  return stringify(value, { schema: 'core', version: '1.2', lineWidth: 0, aliasDuplicateObjects: false });
}

function tooLarge(reason: string): Omit<Finding, 'pointer'> {
  return { code: 'WORKFLOW_DOCUMENT_SIZE', reason, fix: 'Make it smaller, or split it into several workflows.' };
}

/** A parser that recurses must not see more of them. Brackets in texts count too: such a document is odd enough. */
function bracketsIn(source: string): number {
  let depth = 0;
  let deepest = 0;
  for (let index = 0; index < source.length; index += 1) {
    const character = source.charCodeAt(index);
    if (character === 0x5b || character === 0x7b) deepest = Math.max(deepest, (depth += 1));
    else if ((character === 0x5d || character === 0x7d) && depth > 0) depth -= 1;
  }
  return deepest;
}

function visit(parsed: Document.Parsed, places: Map<string, Place>): readonly Finding[] {
  const findings: Finding[] = [];
  const refuse = (pointer: string, reason: string, fix: string, atKey = false) =>
    findings.push({ code: 'WORKFLOW_DOCUMENT_SYNTAX', pointer, reason, fix, ...(atKey ? { atKey } : {}) });
  let nodes = 0;
  const walk = (node: unknown, pointer: string, key: number, depth: number): void => {
    if (++nodes > textLimits.nodes || depth > textLimits.depth) return;
    const offset = (node as Node | null)?.range?.[0] ?? key;
    places.set(pointer, { value: offset, key });
    if (isMap(node)) {
      for (const pair of node.items) {
        if (!isPair(pair)) continue;
        const name = isScalar(pair.key) ? String(pair.key.value) : null;
        const at = (pair.key as Node | null)?.range?.[0] ?? offset;
        if (name === null) refuse(pointer, 'a key is no text', 'Write keys as texts.');
        else {
          const child = below(pointer, name);
          places.set(child, { value: at, key: at });
          if (forbiddenNames.has(name)) refuse(child, `"${name}" cannot be a name`, 'Choose another name.', true);
          walk(pair.value, child, at, depth + 1);
        }
      }
    } else if (isSeq(node)) node.items.forEach((item, index) => walk(item, below(pointer, index), offset, depth + 1));
    else if (isScalar(node)) {
      const { value } = node;
      if (typeof value === 'number' && !Number.isFinite(value)) refuse(pointer, 'it is no number of JSON', 'Write a finite number.');
      if (typeof value === 'bigint') refuse(pointer, 'the number is too large', 'Write it as a text.');
      if (typeof value === 'string' && /\u0000|\p{Surrogate}/u.test(value))
        refuse(pointer, 'the text is no well-formed Unicode', 'Correct it.');
    } else if (node !== null && node !== undefined && !isAlias(node)) refuse(pointer, 'it is no JSON', 'Write plain data.');
  };
  walk(parsed.contents, '', 0, 0);
  return findings;
}

/** With aliases written out. */
function sizeFinding(value: Json): Omit<Finding, 'pointer'> | null {
  let level: Json[] = [value];
  let nodes = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > textLimits.depth) return tooLarge(`it is nested deeper than ${textLimits.depth} levels`);
    nodes += level.length;
    if (nodes > textLimits.nodes) return tooLarge(`it has more than ${textLimits.nodes} values`);
    level = level.flatMap((one) =>
      typeof one === 'object' && one !== null ? Object.values<Json>(one as Readonly<Record<string, Json>>) : [],
    );
  }
  return null;
}

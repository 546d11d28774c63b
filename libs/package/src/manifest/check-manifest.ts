// The one judge of `extension.json`: server, command line, test host and documentation all ask it.
import { platformVersion, type Manifest } from '@kari/protocol/manifest';
import { rejected } from '@kari/kernel';
import { contractChecks } from './contract-findings.js';
import type { CrossCheck } from './cross-check.js';
import { hiddenText, mixedAlphabets } from './hidden-text.rules.js';
import type { Finding, ManifestProblem } from './manifest-problem.js';
import { readManifestText, type ManifestText } from './manifest-text.js';
import { permissionChecks } from './permission.rules.js';
import { schemaFindings } from './schema-findings.js';
import { sectionChecks } from './section.rules.js';
import { tokensOf } from '../schema/pointer.js';
import { versionChecks } from './version.rules.js';

export type ManifestCheck =
  | { readonly manifest: Manifest; readonly problems: readonly [] }
  | {
      readonly manifest: null;
      /** The id as it stands there, for messages; null when there is none. */
      readonly id: string | null;
      /** All of them, in the order of the text; at most 200. */
      readonly problems: readonly ManifestProblem[];
      /** How many more there are. */
      readonly omitted: number;
    };

export interface ManifestCheckOptions {
  /** Version of Kari to judge the `platform` range by; default: this one. */
  readonly platform?: string;
}

const SHOWN = 200;

/** Never throws on any text; takes a few milliseconds for a usual manifest, and is bounded by its size limit. */
export function checkManifest(text: string, { platform = platformVersion }: ManifestCheckOptions = {}): ManifestCheck {
  const read = readManifestText(text);
  const findings = [...read.findings, ...hiddenFindings(read)];
  if (read.value !== undefined) {
    const shape = schemaFindings(read.value);
    findings.push(...shape, ...crossFindings(read.value, shape, platform));
  }
  if (findings.length === 0) return { manifest: read.value as Manifest, problems: [] };
  const placed = findings.map((finding) => ({ ...finding, ...read.locate(finding) })).sort(inOrderOfText);
  const problems = placed.slice(0, SHOWN).map(({ code, pointer, line, column, reason, fix }) => ({
    code,
    pointer,
    line,
    column,
    reason,
    fix: typeof fix === 'string' ? fix : fix(),
  }));
  const id = (read.value as { id?: unknown } | null | undefined)?.id;
  return { manifest: null, id: typeof id === 'string' ? id.slice(0, 80) : null, problems, omitted: placed.length - problems.length };
}

/** The manifest, or `Rejection` PACKAGE_MANIFEST_INVALID with every problem in its facts. */
export function demandManifest(text: string, options: ManifestCheckOptions = {}): Manifest {
  const checked = checkManifest(text, options);
  if (checked.manifest !== null) return checked.manifest;
  const [first] = checked.problems;
  throw rejected('PACKAGE_MANIFEST_INVALID', {
    extension: checked.id ?? 'an extension',
    count: checked.problems.length + checked.omitted,
    line: first?.line ?? 1,
    reason: first?.reason ?? '',
    fix: first?.fix ?? '',
    problems: checked.problems,
  });
}

function crossFindings(value: unknown, shape: readonly Finding[], platform: string): readonly Finding[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const broken = new Set(shape.map(({ pointer, reason }) => tokensOf(pointer)[0] ?? missingKey(reason)));
  const findings: Finding[] = [];
  const checks: readonly CrossCheck[] = [...versionChecks(platform), ...permissionChecks, ...sectionChecks, ...contractChecks];
  for (const { reads, check } of checks) {
    if (reads.some((section) => broken.has(section))) continue;
    check(value as Manifest, (code, pointer, reason, fix, at) => findings.push({ code, pointer, reason, fix, atKey: at?.key === true }));
  }
  return findings;
}

/** A required section that is absent is as broken as a wrong one. */
function missingKey(reason: string): string {
  return /^"(\w+)" is missing$/.exec(reason)?.[1] ?? '';
}

function hiddenFindings(read: ManifestText): readonly Finding[] {
  return read.strings.flatMap(({ pointer, text, atKey }) => {
    const found = [...hiddenText(text), ...(pointer === '/name' && !atKey ? mixedAlphabets(text) : [])];
    return found
      .slice(0, 3)
      .map(({ reason }): Finding => ({ code: 'PACKAGE_HIDDEN_TEXT', pointer, reason, fix: 'Type the text anew, without it.', atKey }));
  });
}

type Placed = Pick<ManifestProblem, 'code' | 'pointer' | 'line' | 'column'>;

function inOrderOfText(left: Placed, right: Placed): number {
  return (
    left.line - right.line ||
    left.column - right.column ||
    (left.pointer < right.pointer ? -1 : left.pointer > right.pointer ? 1 : 0) ||
    (left.code < right.code ? -1 : 1)
  );
}

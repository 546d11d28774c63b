// What went wrong with a folder, as its author needs it: file, place, reason and what to do.
import { rejected, type Rejection } from '@kari/kernel';
import { wording } from '@kari/protocol';
import { z } from 'zod';
import type { PackageProblem } from './folder.events.js';

const MOST_PROBLEMS = 100;

const detail = z.object({
  code: z.string().optional(),
  file: z.string().nullish(),
  pointer: z.string().nullish(),
  line: z.number().int().nullish(),
  column: z.number().int().nullish(),
  reason: z.string(),
  fix: z.string().optional(),
});

/** Each problem that the refusal names, or the refusal itself. */
export function problemsOf(refusal: Rejection): PackageProblem[] {
  const { message, next } = wording(refusal.code, refusal.facts);
  const manifest = refusal.code.startsWith('PACKAGE_MANIFEST');
  const whole: PackageProblem = {
    code: refusal.code,
    file: fileOf(refusal.facts) ?? (manifest ? 'extension.json' : '.'),
    pointer: '',
    line: null,
    column: null,
    reason: message,
    fix: next,
  };
  const details = z.array(detail).safeParse(refusal.facts['problems']);
  if (!details.success || details.data.length === 0) return [whole];
  return details.data.slice(0, MOST_PROBLEMS).map(({ code, file, pointer, line, column, reason, fix }) => ({
    code: code ?? whole.code,
    file: file ?? whole.file,
    pointer: pointer ?? '',
    line: line ?? null,
    column: column ?? null,
    reason,
    fix: fix ?? whole.fix,
  }));
}

/** The id as far as it could be read. */
export function extensionOf(refusal: Rejection): string | null {
  const { extension } = refusal.facts;
  return typeof extension === 'string' && extension.includes('.') ? extension : null;
}

function fileOf({ path }: Readonly<Record<string, unknown>>): string | null {
  return typeof path === 'string' ? path : null;
}

const UNREADABLE: Readonly<Record<string, string>> = {
  EACCES: 'this server may not read it',
  EPERM: 'this server may not read it',
  ENOENT: 'it is not there',
  ENOTDIR: 'it is not a folder',
};

/** By the system's error code; never the error itself, which holds paths of this machine. */
export function unreadableFolder(folder: string, code: string): Rejection {
  return rejected('EXTENSION_FOLDER_REFUSED', { folder, reason: UNREADABLE[code] ?? `it could not be read (${code})` });
}

// Reads what PostgreSQL said on its way down and decides: try again, or tell the operator what is wrong.

export type Diagnosis =
  | { readonly verdict: 'retry'; readonly because: 'port-taken' | 'still-held' }
  | { readonly verdict: 'refuse'; readonly kind: 'permission' | 'version' | 'damaged' | 'space' | 'failed'; readonly line: string };

const STILL_HELD =
  /pre-existing shared memory block|lock file ".*" already exists|is still in use|the database system is (starting up|shutting down)/;
const PORT_TAKEN = /could not bind|Address already in use|could not create any TCP\/IP sockets/;
const SPACE = /No space left on device|Disk quota exceeded/;
const PERMISSION = /Permission denied|has invalid permissions|has wrong ownership|Operation not permitted|Read-only file system/;
const VERSION = /database files are incompatible with server|was initialized by PostgreSQL version|cannot be inspected by this version/;
const DAMAGED =
  /PANIC|not a valid data directory|invalid (primary )?checkpoint record|could not locate a valid checkpoint|incorrect checksum|could not open (file|directory) "|invalid page|does not exist|control file|syntax error in file|could not read (file|directory)/;

/** The lines are those of the failed start alone. */
export function diagnose(log: string): Diagnosis {
  const severe = log.split('\n').filter((line) => /\b(FATAL|PANIC|ERROR)\b|^postgres: |^initdb: /.test(line));
  const line = strip(severe.at(-1) ?? lastLine(log));
  const told = severe.length > 0 ? severe.join('\n') : log;
  // A taken port is told by a WARNING or LOG line right before the FATAL one.
  if (PORT_TAKEN.test(log)) return { verdict: 'retry', because: 'port-taken' };
  if (STILL_HELD.test(told)) return { verdict: 'retry', because: 'still-held' };
  if (SPACE.test(told)) return { verdict: 'refuse', kind: 'space', line };
  if (VERSION.test(told)) return { verdict: 'refuse', kind: 'version', line };
  if (PERMISSION.test(told)) return { verdict: 'refuse', kind: 'permission', line };
  if (DAMAGED.test(told)) return { verdict: 'refuse', kind: 'damaged', line };
  return { verdict: 'refuse', kind: 'failed', line };
}

function lastLine(log: string): string {
  return log.trim().split('\n').at(-1) ?? '';
}

/** Without time and process id in front. */
function strip(line: string): string {
  const start = line.search(/\b(FATAL|PANIC|ERROR):/);
  return (start < 0 ? line : line.slice(start)).trim() || 'it ended without a word';
}

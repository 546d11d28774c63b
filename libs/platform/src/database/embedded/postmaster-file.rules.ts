// What `postmaster.pid` says of the server that wrote it: one value per line, the last ones only once it has come far enough.

export interface PostmasterFile {
  readonly pid: number;
  readonly port: number | null;
  readonly status: 'starting' | 'ready' | 'stopping' | 'unknown';
}

/** Null when the file is empty or half written. */
export function parsePostmasterFile(content: string): PostmasterFile | null {
  const lines = content.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 1) return null;
  const port = Number(lines[3]);
  const status = lines[7] ?? '';
  return {
    pid,
    port: Number.isSafeInteger(port) && port > 0 ? port : null,
    status: status === 'ready' || status === 'starting' || status === 'stopping' ? status : 'unknown',
  };
}

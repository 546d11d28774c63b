// A child inherits every descriptor of ours that is not marked close-on-exec: those of whoever started the platform, those of a careless native
// library (Node marks only the first few, up to the first gap). It cannot close them in the child, but it can lay the null device over them.
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';

export interface SealedStdio {
  readonly stdio: readonly ('pipe' | number | null)[];
  /** Once the child has been started. */
  close(): void;
}

const CLOSE_ON_EXEC = 0o2000000;

/** Pipes for 0 to 2, the given descriptors from 3 on, and nothing of what the child would inherit besides. */
export function sealedStdio(passed: readonly number[] = []): SealedStdio {
  const stdio: ('pipe' | number | null)[] = ['pipe', 'pipe', 'pipe', ...passed];
  const leaking = inherited().filter((descriptor) => descriptor >= stdio.length);
  if (leaking.length === 0) return { stdio, close: () => undefined };
  const nothing = openSync('/dev/null', 'r');
  while (stdio.length <= Math.max(...leaking)) stdio.push(null);
  for (const descriptor of leaking) stdio[descriptor] = nothing;
  return { stdio, close: () => closeSync(nothing) };
}

function inherited(): readonly number[] {
  try {
    return readdirSync('/proc/self/fdinfo').map(Number).filter(isInherited);
  } catch {
    // No such list outside of Linux.
    return [];
  }
}

function isInherited(descriptor: number): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1] ?? '0';
    return (parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    return false;
  }
}

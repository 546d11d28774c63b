// The little of the engine that the runner uses, taken before any foreign code is loaded.

interface EngineGlobals {
  readonly args: readonly string[];
  readonly stdin: { read(buffer: Uint8Array): Promise<number | null> };
  readonly stdout: { writeSync(bytes: Uint8Array): number };
  readonly stderr: { writeSync(bytes: Uint8Array): number };
  exit(code: number): never;
  inspect(value: unknown, options: { readonly depth: number; readonly colors: boolean; readonly strAbbreviateSize: number }): string;
}

declare const Deno: EngineGlobals;

const { stdin, stdout, stderr } = Deno;
const exitEngine = Deno.exit.bind(Deno);
const inspectValue = Deno.inspect.bind(Deno);

export const bundleUrl = Deno.args[0] ?? '';

const BUFFER = 64 * 1024;

/** Hands over what arrives on stdin until it ends; the buffer is reused. */
export async function readInput(take: (chunk: Uint8Array) => void): Promise<void> {
  const buffer = new Uint8Array(BUFFER);
  for (;;) {
    const count = await stdin.read(buffer);
    if (count === null) return;
    take(buffer.subarray(0, count));
  }
}

/** Blocks while the host does not read: the pipe is the back-pressure. */
export function writeOutput(line: Uint8Array): void {
  writeAll(stdout, line);
}

export function writeLog(line: Uint8Array): void {
  writeAll(stderr, line);
}

export function exit(code: number): never {
  return exitEngine(code);
}

export function inspect(value: unknown): string {
  return inspectValue(value, { depth: 4, colors: false, strAbbreviateSize: 2000 });
}

function writeAll(target: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += target.writeSync(bytes.subarray(written));
}

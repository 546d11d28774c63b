// The console an extension sees: lines on stderr, each with the level prefix of sd-daemon(3), so that stdout stays the pipe of frames.
import { inspect, writeLog } from './engine.js';

const levels = { debug: 7, trace: 7, log: 6, info: 6, dir: 6, table: 6, warn: 4, error: 3 } as const;

const utf8 = new TextEncoder();

export function swapConsole(): void {
  for (const [method, level] of Object.entries(levels)) {
    (console as unknown as Record<string, unknown>)[method] = (...values: readonly unknown[]) => write(level, values);
  }
  // eslint-disable-next-line no-console -- this is the console
  console.assert = (condition?: boolean, ...values: readonly unknown[]) => {
    if (condition !== true) write(levels.error, ['Assertion failed:', ...values]);
  };
}

function write(level: number, values: readonly unknown[]): void {
  const text = values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' ');
  writeLog(utf8.encode(text.replace(/^/gm, `<${level}>`) + '\n'));
}

import { describe, expect, it } from '@jest/globals';
import { visible } from '@kari/protocol';
import { logLimits, SandboxLog, type LogLine } from './sandbox-log.js';

function logged(act: (log: SandboxLog) => void): readonly LogLine[] {
  const lines: LogLine[] = [];
  const log = new SandboxLog((line) => lines.push(line), 0);
  act(log);
  log.end();
  return lines;
}

describe('the output of an extension', () => {
  it('becomes lines with the level of their prefix', () => {
    expect(logged((log) => log.push(Buffer.from('<6>hello\n<3>oh\n<7>de'), 0))).toEqual([
      { level: 'info', message: 'hello' },
      { level: 'error', message: 'oh' },
      { level: 'debug', message: 'de' },
    ]);
    expect(logged((log) => log.push(Buffer.from('thread panicked\n'), 0))).toEqual([{ level: 'warn', message: 'thread panicked' }]);
  });

  it('is harmless to look at: escapes for ANSI, CR and bidirectional overrides (U-05)', () => {
    expect(visible('a\u001b[31mred\r\u202eevil\ttab')).toBe('a\\u{1b}[31mred\\u{d}\\u{202e}evil\ttab');
  });

  it('is cut at 8 KiB a line', () => {
    const lines = logged((log) => log.push(Buffer.from(`${'x'.repeat(20_000)}\n`), 0));
    expect(lines.map(({ message }) => message.length)).toEqual([8192, 8192, 3616]);
  });

  it('is dropped beyond 64 KiB a second, and the loss is told', () => {
    const lines = logged((log) => {
      for (let line = 0; line < 200; line += 1) log.push(Buffer.from(`${'y'.repeat(1023)}\n`), line);
      log.push(Buffer.from('after\n'), 1000);
    });
    expect(lines).toHaveLength(logLimits.bytesPerSecond / 1024 + 2);
    expect(lines.at(-2)?.message).toContain(`${136 * 1024} bytes of output were dropped`);
    expect(lines.at(-1)?.message).toBe('after');
  });
});

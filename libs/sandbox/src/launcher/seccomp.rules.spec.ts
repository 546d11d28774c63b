import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { deniedCalls, seccompFilter } from './seccomp.rules.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Runs the program as the kernel would, on one call. */
function verdict(program: Uint8Array, arch: number, nr: number): string {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  let accumulator = 0;
  for (let at = 0; at * 8 < program.length; at += 1) {
    const code = view.getUint16(at * 8, true);
    const constant = view.getUint32(at * 8 + 4, true);
    if (code === 0x20) accumulator = constant === 4 ? arch : nr;
    else if (code === 0x15) at += accumulator === constant ? view.getUint8(at * 8 + 2) : view.getUint8(at * 8 + 3);
    else if (code === 0x35) at += accumulator >= constant ? view.getUint8(at * 8 + 2) : view.getUint8(at * 8 + 3);
    else return { 0x80000000: 'kill', 0x00050001: 'EPERM', 0x7fff0000: 'allow' }[constant] ?? 'unknown';
  }
  return 'fell through';
}

describe('the seccomp filter', () => {
  it('is byte for byte the reviewed program of each architecture', () => {
    expect([seccompFilter('x64').length, seccompFilter('arm64').length]).toEqual([632, 616]);
    expect([sha256(seccompFilter('x64')), sha256(seccompFilter('arm64'))]).toEqual([
      '886ca54b89c02c583a6c316dd3a0a517c8695bf3d2405b22b57545901a3cfc98',
      '6ae7b1f88f008f1fc22a41be479d37390b8bc932cd9e37560b4875dfb0f3c4a6',
    ]);
  });

  it('denies 36 calls, kills other architectures and the x32 numbers, and allows the rest', () => {
    const x64 = seccompFilter('x64');
    const arm64 = seccompFilter('arm64');
    expect(Object.keys(deniedCalls)).toHaveLength(36);
    for (const [onX64, onArm64] of Object.values(deniedCalls)) {
      expect(verdict(x64, 0xc000003e, onX64)).toBe('EPERM');
      expect(verdict(arm64, 0xc00000b7, onArm64)).toBe('EPERM');
    }
    expect(verdict(x64, 0xc00000b7, 0)).toBe('kill');
    expect(verdict(x64, 0x40000003, 41)).toBe('kill');
    expect(verdict(x64, 0xc000003e, 0x40000000 + 41)).toBe('kill');
    expect(verdict(x64, 0xc000003e, 59)).toBe('allow');
    expect(verdict(arm64, 0xc00000b7, 221)).toBe('allow');
  });
});

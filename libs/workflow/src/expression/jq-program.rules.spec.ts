import { describe, expect, it } from '@jest/globals';
import { compileOnly, LONGEST_PROGRAM, shutProgram } from './jq-program.rules.js';

describe('the program for real jq', () => {
  it('binds variables, shuts what reaches outside, and takes the first result', () => {
    const { program } = shutProgram('.a | $x', ['x']) as { program: string };
    expect(program).toMatch(/^def env: \{\};.* \{\} as \$ENV \| \.v\["x"\] as \$x \| \.i \| first\(\.a \| \$x\n\)$/);
    expect(compileOnly(program)).toMatch(/def halt_error\(f\): error; if true then 0 else \( \{\} as \$ENV .*\n\)\) end$/s);
  });

  it.each([
    ['import "a" as a; 1', '"import" does not exist here'],
    ['"\\(include "a")"', '"include" does not exist here'],
    ['$__loc__', '"$__loc__" does not exist here'],
    ['1) | (2', '")" closes nothing'],
    ['"\\(1]"', '"]" closes nothing'],
    ['[1', '"[" is not closed'],
    ['"a', '""" is not closed'],
    [' ', 'it is empty'],
    ['1 # \\', 'a comment holds a backslash'],
    ['\u0000', 'it holds the NUL character'],
    ['('.repeat(257), 'it is nested deeper than 256 levels'],
    ['x'.repeat(LONGEST_PROGRAM + 1), `it has ${LONGEST_PROGRAM + 1} characters; the limit is ${LONGEST_PROGRAM}`],
  ])('refuses %#: %s', (source, problem) => {
    expect(shutProgram(source, [])).toEqual({ problem });
  });

  it.each(['"import $__loc__ ) ]"', '.import', '"a\\"(" # (', '{a: "\\("b" + "(")"}'])('lets %s pass', (source) => {
    expect(shutProgram(source, [])).toHaveProperty('program');
  });

  it.each(['a b', '1', 'ENV', '__loc__', 'x"; .'])('refuses a variable called %s', (name) => {
    expect(shutProgram('1', [name])).toHaveProperty('problem');
  });
});

import { describe, expect, it } from '@jest/globals';
import { rejected } from '@kari/kernel';
import { extensionOf, problemsOf, unreadableFolder } from './problems.rules.js';

const invalid = rejected('PACKAGE_MANIFEST_INVALID', {
  extension: 'acme.notes',
  count: 2,
  line: 4,
  reason: 'it is not a version',
  fix: 'Write 1.0.0.',
  problems: [
    { code: 'PACKAGE_MANIFEST_VERSION', pointer: '/version', line: 4, column: 3, reason: 'it is not a version', fix: 'Write 1.0.0.' },
    { code: 'PACKAGE_MANIFEST_UNKNOWN_KEY', pointer: '/nmae', line: 5, column: 3, reason: 'did you mean "name"', fix: 'Rename it.' },
  ],
});

describe('what went wrong with a folder', () => {
  it('is every problem of the manifest, with its place', () => {
    expect(problemsOf(invalid).map(({ file, pointer, line, column }) => [file, pointer, line, column])).toEqual([
      ['extension.json', '/version', 4, 3],
      ['extension.json', '/nmae', 5, 3],
    ]);
    expect(extensionOf(invalid)).toBe('acme.notes');
  });
  it('is every error of the source, with file and line', () => {
    const failed = rejected('PACKAGE_BUNDLE_FAILED', {
      extension: 'acme.notes',
      reason: 'two errors',
      allowed: ['url'],
      problems: [
        { reason: 'Unexpected ";"', file: 'src/index.ts', line: 1, column: 22 },
        { reason: 'no entry', file: null, line: null, column: null },
      ],
    });
    expect(problemsOf(failed)).toMatchObject([
      { code: 'PACKAGE_BUNDLE_FAILED', file: 'src/index.ts', line: 1, column: 22, reason: 'Unexpected ";"' },
      { code: 'PACKAGE_BUNDLE_FAILED', file: '.', line: null, reason: 'no entry' },
    ]);
  });
  it('is the refusal itself where it names nothing further', () => {
    const link = rejected('PACKAGE_FILE_REFUSED', { path: 'src/secret.txt', reason: 'it is a symbolic link' });
    expect(problemsOf(link)).toMatchObject([{ code: 'PACKAGE_FILE_REFUSED', file: 'src/secret.txt', line: null }]);
    expect(extensionOf(link)).toBeNull();
  });
  it('is never more than a hundred', () => {
    const problems = Array.from({ length: 500 }, (_, index) => ({ reason: `problem ${index}` }));
    expect(problemsOf(rejected('PACKAGE_MANIFEST_INVALID', { problems }))).toHaveLength(100);
  });
  it('is in words why a folder cannot be read', () => {
    expect(unreadableFolder('extensions/a', 'EACCES').facts).toEqual({ folder: 'extensions/a', reason: 'this server may not read it' });
    expect(unreadableFolder('extensions/a', 'EIO').facts).toEqual({ folder: 'extensions/a', reason: 'it could not be read (EIO)' });
  });
});

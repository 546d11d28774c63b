import { describe, expect, it } from '@jest/globals';
import { demandBuildable, trustOf, type Platform } from './trust.rules.js';

const ours = 'a'.repeat(64);
const other = 'b'.repeat(64);
const production: Platform = { firstParty: { 'kari.hello': ours }, developmentFolders: false };
const development: Platform = { ...production, developmentFolders: true };
const folder = 'extensions/x';

describe('trust', () => {
  it('is first-party for the very bytes that the release names', () => {
    expect(trustOf(folder, 'kari.hello', 'source', ours, production)).toBe('firstParty');
    expect(trustOf(folder, 'kari.hello', 'bundle', ours, production)).toBe('firstParty');
  });
  it('is not inherited by another extension with those bytes', () =>
    expect(trustOf(folder, 'acme.hello', 'bundle', ours, production)).toBe('thirdParty'));
  it('is development for other source folders, on a development platform', () => {
    expect(trustOf(folder, 'kari.hello', 'source', other, development)).toBe('development');
    expect(trustOf(folder, 'acme.notes', 'source', other, development)).toBe('development');
  });
  it('is third-party for whatever comes with its bundle, there too', () => {
    expect(trustOf(folder, 'acme.notes', 'bundle', other, development)).toBe('thirdParty');
    expect(trustOf(folder, 'kari.hello', 'bundle', other, production)).toBe('thirdParty');
  });
});

describe('a source folder on a production platform', () => {
  it('is not even built when the release does not know it', () => {
    expect(() => demandBuildable(folder, 'acme.notes', 'source', production)).toThrow('EXTENSION_SOURCE_NOT_ALLOWED');
    expect(() => demandBuildable(folder, 'kari.hello', 'source', production)).not.toThrow();
    expect(() => demandBuildable(folder, 'acme.notes', 'bundle', production)).not.toThrow();
    expect(() => demandBuildable(folder, 'acme.notes', 'source', development)).not.toThrow();
  });
  it('is refused when its bytes are not those of the release', () =>
    expect(() => trustOf(folder, 'kari.hello', 'source', other, production)).toThrow('EXTENSION_SOURCE_NOT_ALLOWED'));
});

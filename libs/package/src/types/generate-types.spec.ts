import { expect, it } from '@jest/globals';
import ts from 'typescript';
import { changed } from '../testing/manifests.js';
import { generateTypes } from './generate-types.js';

it('makes one interface with the words of the manifest', () => {
  const text = generateTypes(changed(() => {}));
  for (const part of [
    'export interface NotesTypes extends ExtensionTypes {',
    "'note.create': { input: {",
    "errors: 'NOTE_TOO_LONG'",
    "'acme.notes.created.v1': {",
    "subscribes: 'kari.core.day_started.v1';",
    "uses: 'time.now@1' | 'acme.search/text.find';",
    "secrets: 'api_key' | 'hook_secret';",
    "metrics: 'notes_created' | 'search_seconds';",
  ]) {
    expect(text).toContain(part);
  }
});

it('what has a default is always there in the configuration that the code sees', () => {
  expect(generateTypes(changed(() => {}))).toContain("readonly language: 'en' | 'fi';");
});

it('is TypeScript, whatever the author calls things', () => {
  const hostile = changed((m) => {
    m.config = {
      type: 'object',
      properties: { "a'b\\": { type: 'string', description: '*/ };' }, 'x\ny': { enum: ['\u2028', "'"] } },
    };
  });
  const { diagnostics } = ts.transpileModule(generateTypes(hostile), {
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ES2023 },
  });
  expect(diagnostics).toEqual([]);
});

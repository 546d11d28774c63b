import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { documentHash, readPersistedDocuments } from './persisted-documents.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kari-documents-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('persisted documents', () => {
  it('are known by what they ask, not by how they are written', async () => {
    await writeFile(join(folder, 'me.graphql'), '# who am I\nquery Me {\n  me { id }\n}\n');
    await writeFile(join(folder, 'notes.txt'), 'query Other { tenants { nodes { id } } }');
    const known = await readPersistedDocuments(folder);
    expect([...known]).toEqual([documentHash(parse('query Me{me{id}}'))]);
    for (const other of ['query Me{me{id name}}', 'query You{me{id}}', 'query Me{me{id}} query You{me{id}}', 'query Me{a:me{id}}'])
      expect([other, known.has(documentHash(parse(other)))]).toEqual([other, false]);
  });

  it('that are missing or broken stop the start', async () => {
    await expect(readPersistedDocuments(join(folder, 'nowhere'))).rejects.toThrow('ENOENT');
    await expect(readPersistedDocuments(folder)).rejects.toThrow('holds no document');
    await writeFile(join(folder, 'broken.graphql'), 'query {');
    await expect(readPersistedDocuments(folder)).rejects.toThrow('broken.graphql');
  });
});

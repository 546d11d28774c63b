// The documents an operator vouches for: where they are set, nothing else is run. Compared as they print, so spacing and comments do not matter.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, print, type DocumentNode } from 'graphql';

export function documentHash(document: DocumentNode): string {
  return createHash('sha256').update(print(document)).digest('hex');
}

/** Every `*.graphql` of the folder, one document each. Throws when the folder cannot be read, holds none, or one of them is no GraphQL. */
export async function readPersistedDocuments(folder: string): Promise<ReadonlySet<string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.graphql')).sort();
  if (names.length === 0) throw new Error(`the folder ${folder} holds no document (*.graphql): nothing could be asked`);
  const hashes = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8');
      try {
        return documentHash(parse(text));
      } catch (error) {
        throw new Error(`${name} in ${folder} is no GraphQL document`, { cause: error });
      }
    }),
  );
  return new Set(hashes);
}

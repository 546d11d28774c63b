// Where manifest and code disagree about handlers, each with file and line.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filesBelow, placeInManifest } from '@kari/package';
import { declarations, declaredHandlers, type Manifest } from '@kari/protocol/manifest';

const SOURCE = /^(?:src\/.*\.[cm]?[jt]sx?|bundle\.mjs)$/;

/** One sentence each; empty when they agree. Hooks need no declaration. */
export async function handlerProblems(manifest: Manifest, handlers: readonly string[], folder: string | null): Promise<readonly string[]> {
  const declared: readonly string[] = declaredHandlers(manifest);
  const missing = declared.filter((handler) => !handlers.includes(handler));
  const extra = handlers.filter((handler) => !handler.startsWith('hook:') && !declared.includes(handler));
  return [
    ...(await Promise.all(
      missing.map(
        async (handler) =>
          `${await placeOfDeclaration(manifest, handler, folder)}: the manifest declares a handler that the code lacks: ${handler}`,
      ),
    )),
    ...(await Promise.all(
      extra.map(
        async (handler) => `${await placeInCode(handler, folder)}: the code has a handler that the manifest does not declare: ${handler}`,
      ),
    )),
  ];
}

async function placeOfDeclaration(manifest: Manifest, handler: string, folder: string | null): Promise<string> {
  const pointer = declarations(manifest).find((declaration) => declaration.handler === handler)?.pointer ?? '';
  if (folder === null) return `extension.json ${pointer}`;
  const { line } = placeInManifest(await readFile(join(folder, 'extension.json'), 'utf8'), pointer);
  return `extension.json:${line}`;
}

/** The first line of the sources that names it as a member; a handler that is made at run time has none. */
async function placeInCode(handler: string, folder: string | null): Promise<string> {
  const name = handler.slice(handler.indexOf(':') + 1);
  const member = new RegExp(`(?:^|[\\s{,])(?:async\\s+)?(['"\`]?)${name.replace(/[.\-]/g, '\\$&')}\\1\\s*[:(,}]`);
  if (folder === null) return 'the code';
  for (const path of (await filesBelow(folder)).filter((file) => SOURCE.test(file))) {
    const lines = (await readFile(join(folder, path), 'utf8')).split('\n');
    const index = lines.findIndex((line) => member.test(line));
    if (index >= 0) return `${path}:${index + 1}`;
  }
  return 'the code';
}

// `npm run lock`: makes package-lock.json from the manifests alone, in an empty folder. Beside an installed tree npm leaves out the
// optional packages of other platforms, and the next machine's `npm ci` refuses such a lock.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'kari-lock-'));
try {
  const workspaces = ['apps', 'extensions', 'libs'].flatMap((parent) =>
    readdirSync(parent).map((name) => `${parent}/${name}/package.json`),
  );
  for (const manifest of ['package.json', ...workspaces.filter((path) => existsSync(path))]) {
    mkdirSync(dirname(join(folder, manifest)), { recursive: true });
    cpSync(manifest, join(folder, manifest));
  }
  const { status } = spawnSync('npm', ['install', '--package-lock-only', '--ignore-scripts'], { cwd: folder, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  cpSync(join(folder, 'package-lock.json'), 'package-lock.json');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

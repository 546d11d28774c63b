import { describe, expect, it } from '@jest/globals';
import { resourceClasses } from './resource-class.rules.js';
import { cageLine, denoLine, type Programs, type SpawnFiles } from './spawn-line.rules.js';

const programs: Programs = {
  setpriv: '/usr/bin/setpriv',
  chrt: '/usr/bin/chrt',
  nice: '/usr/bin/nice',
  prlimit: '/usr/bin/prlimit',
  bwrap: '/usr/bin/bwrap',
};
const files: SpawnFiles = { engine: '/e/deno', runner: '/r/runner.mjs', bundleFolder: '/p/1/b', assets: null };
const resources = resourceClasses.S;
const DENIED = '--deny-write --deny-net --deny-run --deny-ffi --deny-env --deny-sys --deny-import';
const CLOSED = '--no-prompt --no-config --no-lock --no-remote --no-npm --cached-only --no-code-cache --v8-flags=--max-old-space-size=64';

const words = ({ file, args }: { file: string; args: readonly string[] }) => [file, ...args].join(' ');

describe('the command line of L1', () => {
  it('is exactly the documented one, on Linux as a plain user', () => {
    const line = denoLine({ files, resources, programs, uid: null, platform: 'linux' });
    expect(words(line)).toBe(
      '/usr/bin/setpriv --pdeathsig KILL --no-new-privs /usr/bin/chrt -i 0 /usr/bin/prlimit --core=0 --nofile=256 --data=805306368 -- ' +
        `/e/deno run ${CLOSED} --allow-read=/p/1/b/bundle.mjs ${DENIED} /r/runner.mjs file:///p/1/b/bundle.mjs`,
    );
    expect(line.environment).toEqual({ NO_COLOR: '1', DENO_DIR: '/r/runner.mjs/x', DENO_NO_UPDATE_CHECK: '1' });
  });

  it('drops to a uid of its own where the host is root', () => {
    const line = denoLine({ files, resources, programs, uid: 1900000001, platform: 'linux' });
    expect(line.args.slice(0, 8).join(' ')).toBe('--pdeathsig KILL --reuid 1900000001 --regid 1900000001 --clear-groups --no-new-privs');
  });

  it('is the bare engine elsewhere', () => {
    const line = denoLine({ files, resources, programs, uid: null, platform: 'darwin' });
    expect(words(line)).toBe(`/e/deno run ${CLOSED} --allow-read=/p/1/b/bundle.mjs ${DENIED} /r/runner.mjs file:///p/1/b/bundle.mjs`);
  });

  it('lists each asset by itself, never a folder, and falls back to nice', () => {
    const line = denoLine({
      files: { ...files, assets: { folder: '/p/1/a', names: ['a.wasm', 'b.json'] } },
      resources: resourceClasses.M,
      programs: { ...programs, chrt: null },
      uid: null,
      platform: 'linux',
    });
    expect(words(line)).toContain('--allow-read=/p/1/b/bundle.mjs,/p/1/a/a.wasm,/p/1/a/b.json ');
    expect(words(line)).toContain('/usr/bin/nice -n 19 /usr/bin/prlimit');
    expect(words(line)).toContain('--max-old-space-size=256');
  });

  it('never grants what must not be granted', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      const { args } = denoLine({ files, resources, programs, uid: null, platform });
      expect(args.filter((word) => /^(-A|--allow-(net|run|ffi|env|sys|write|all|import)|--unstable)/.test(word))).toEqual([]);
    }
  });
});

describe('the command line of the cage', () => {
  const options = {
    files,
    resources,
    programs,
    uid: 1900000001,
    platform: 'linux',
    libraries: ['/lib/libc.so.6', '/lib64/ld.so'],
  } as const;

  it('is exactly the documented one, as root with a control group', () => {
    const line = cageLine({ ...options, joins: ['/cg/memory/g/cgroup.procs', '/cg/cpu/g/cgroup.procs'] });
    expect([line.file, line.args[0], line.args[1], line.args[2]]).toEqual([
      '/bin/sh',
      '-c',
      `echo $$ > '/cg/memory/g/cgroup.procs' && echo $$ > '/cg/cpu/g/cgroup.procs' && unset PWD OLDPWD && exec "$@"`,
      'kari-sandbox',
    ]);
    expect(line.args.slice(3).join(' ')).toBe(
      '/usr/bin/setpriv --reuid 1900000001 --regid 1900000001 --clear-groups --no-new-privs ' +
        '/usr/bin/chrt -i 0 /usr/bin/prlimit --core=0 --nofile=256 --data=805306368 -- ' +
        '/usr/bin/bwrap --unshare-all --unshare-user --disable-userns --uid 65534 --gid 65534 --hostname sbx ' +
        '--die-with-parent --new-session --clearenv --cap-drop ALL --seccomp 3 ' +
        '--ro-bind /lib/libc.so.6 /lib/libc.so.6 --ro-bind /lib64/ld.so /lib64/ld.so ' +
        '--ro-bind /e/deno /rt --ro-bind /r/runner.mjs /ext/runner.mjs --ro-bind /p/1/b /ext/b ' +
        '--proc /proc --dev /dev --size 16777216 --tmpfs /tmp ' +
        '--setenv DENO_DIR /tmp/d --setenv NO_COLOR 1 --chdir / --remount-ro /dev --remount-ro / ' +
        `/rt run ${CLOSED} --allow-read=/ext/b/bundle.mjs ${DENIED} /ext/runner.mjs file:///ext/b/bundle.mjs`,
    );
    expect(line.environment).toEqual({});
  });

  it('joins nothing where there is no group, and drops nothing where the host is no root', () => {
    const line = cageLine({ ...options, uid: null, joins: [] });
    expect([line.args[1], line.args[3]]).toEqual(['unset PWD OLDPWD && exec "$@"', '/usr/bin/chrt']);
  });

  it('binds assets read-only beside the bundle', () => {
    const line = cageLine({ ...options, files: { ...files, assets: { folder: '/p/1/a', names: ['a.wasm'] } }, joins: [] });
    expect(words(line)).toContain('--ro-bind /p/1/a /ext/a ');
    expect(words(line)).toContain('--allow-read=/ext/b/bundle.mjs,/ext/a/a.wasm ');
  });

  it('never binds the host root or sysfs (S-03)', () => {
    const { args } = cageLine({ ...options, joins: [] });
    const bound = args.filter((_, index) => /^--(ro-)?bind/.test(args[index - 1] ?? ''));
    expect(bound.filter((path) => path === '/' || path.startsWith('/sys'))).toEqual([]);
  });
});

// Planted bugs of the attack suite: what a careless change could open, and the test that must notice.
const launcher = 'libs/sandbox/src/launcher';
const attacks = { test: 'test/security/attacks/attacks.spec.ts' };
const nothingLost = { ...attacks, pattern: 'as who runs the tests.*loses nothing at any level' };
const filterSaysNo = { ...attacks, pattern: 'as who runs the tests.*it is the filter that says no' };

export default [
  {
    name: 'attack-folder-granted-to-read',
    file: `${launcher}/spawn-line.rules.ts`,
    find: "`--allow-read=${readable.join(',')}`",
    replace: '`--allow-read=/tmp`',
    ...nothingLost,
  },
  {
    name: 'attack-extension-is-the-entry-point',
    file: `${launcher}/spawn-line.rules.ts`,
    find: '    files.runner,\n    `file://${platform',
    replace: "    '--preload=' + bundle,\n    files.runner,\n    `file://${platform",
    ...nothingLost,
  },
  {
    name: 'attack-network-not-unshared',
    file: `${launcher}/spawn-line.rules.ts`,
    find: "['--unshare-all', ",
    replace: "['--unshare-all', '--share-net', ",
    test: 'test/security/sandbox/s03-inventory.spec.ts',
    pattern: 'at L2 equals the allow-list',
  },
  {
    name: 'attack-filter-lacks-one-call',
    file: `${launcher}/seccomp.rules.ts`,
    find: 'of Object.values(deniedCalls)) {',
    replace: 'of Object.values(deniedCalls).slice(0, -1)) {',
    test: 'test/security/sandbox/seccomp.spec.ts',
    pattern: 'denies each of its 36 calls',
  },
  {
    name: 'attack-filter-not-loaded',
    file: `${launcher}/spawn-line.rules.ts`,
    find: ", '--seccomp', '3'],",
    replace: '],',
    ...filterSaysNo,
  },
  {
    name: 'attack-x32-calls-allowed',
    file: `${launcher}/seccomp.rules.ts`,
    find: "if (architecture === 'x64') program.push(",
    replace: "if (architecture === 'arm64') program.push(",
    test: 'test/security/sandbox/seccomp.spec.ts',
    pattern: 'of the x32 ABI',
  },
  {
    name: 'attack-host-folder-bound-writable',
    file: `${launcher}/spawn-line.rules.ts`,
    find: "'--size', '16777216', '--tmpfs', '/tmp'],",
    replace: "'--bind', '/tmp', '/tmp'],",
    ...nothingLost,
  },
  {
    name: 'attack-engine-calls-home',
    file: `${launcher}/spawn-line.rules.ts`,
    find: ", DENO_NO_UPDATE_CHECK: '1' }",
    replace: ' }',
    ...nothingLost,
  },
  {
    name: 'attack-border-inside-the-process',
    file: 'libs/sandbox/src/broker/token-bucket.ts',
    find: 'export class TokenBucket',
    replace: 'export const compute = (text: string): unknown => new Function(text)();\n\nexport class TokenBucket',
    test: 'test/security/attacks/s02-borders.spec.ts',
    pattern: 'is built nowhere',
  },
  {
    name: 'attack-words-of-a-refusal-hold-escapes',
    file: 'libs/protocol/src/codes/index.ts',
    find: "typeof fact === 'string' ? visible(fact) :",
    replace: "typeof fact === 'string' ? fact :",
    test: 'test/e2e/security/hostile-output.e2e.spec.ts',
    pattern: 'as an error with terminal escapes',
    build: true,
  },
  {
    name: 'attack-redirects-to-declared-names-unjudged',
    file: 'libs/security/src/egress/egress.ts',
    find: '      if (verdict.public) continue;',
    replace: "      if (verdict.public || verdict.range === 'link-local') continue;",
    test: 'libs/security/src/egress/ssrf.spec.ts',
    pattern: 'by a redirect to a declared name',
  },
];

// The floor plan as rules: who may import whom. `npm run check` fails on any line that a wall forbids.
const contexts = require('./scripts/lib/contexts.json');
const anyContext = `^libs/(${contexts.join('|')})/`;
const PURE = '\\.(events|commands|errors|decider|process-manager|rules|projection|port)\\.ts$';
const TEST = '(\\.spec\\.ts$|^test/|/testing/|^extensions/[^/]+/test/)';

/** Words that the pure files of a context share: types, and functions as small as they. */
const VOCABULARY = '^libs/workflow/src/(json|definition/document|expression/evaluator)\\.ts$';

/** Pure code may use these packages: they do no I/O. */
const purePackages = '^(zod|semver|uuid|croner|ipaddr\\.js)$';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Nothing imports itself, however far round.',
      from: { pathNot: TEST },
      to: { circular: true },
    },
    {
      name: 'kernel-is-alone',
      severity: 'error',
      from: { path: '^libs/kernel/', pathNot: TEST },
      to: { path: '^(libs/(?!kernel/)|apps/)' },
    },
    {
      name: 'protocol-is-alone',
      severity: 'error',
      from: { path: '^libs/protocol/', pathNot: TEST },
      to: { path: '^(libs/(?!protocol/)|apps/)' },
    },
    {
      name: 'package-knows-words-only',
      severity: 'error',
      from: { path: '^libs/package/', pathNot: TEST },
      to: { path: '^(libs/(?!(package|kernel|protocol)/)|apps/)' },
    },
    { name: 'platform-knows-no-context', severity: 'error', from: { path: '^libs/platform/', pathNot: TEST }, to: { path: anyContext } },
    {
      name: 'contexts-meet-at-the-contract',
      severity: 'error',
      comment: 'Another context is known by its contract.ts alone.',
      from: { path: `^libs/(${contexts.join('|')})/`, pathNot: TEST },
      to: { path: anyContext, pathNot: ['^libs/$1/', '/src/contract\\.ts$'] },
    },
    { name: 'nobody-imports-apps', severity: 'error', from: { path: '^(libs|extensions)/', pathNot: TEST }, to: { path: '^apps/' } },
    {
      name: 'sdk-knows-the-protocol',
      severity: 'error',
      from: { path: '^libs/sdk/', pathNot: TEST },
      to: { path: '^(libs/(?!(sdk|protocol)/)|apps/)' },
    },
    {
      name: 'runner-knows-the-protocol',
      severity: 'error',
      from: { path: '^apps/runner/src', pathNot: TEST },
      to: { path: '^(libs/(?!protocol/)|apps/(?!runner/)|node_modules)' },
    },
    {
      name: 'extensions-know-the-sdk',
      severity: 'error',
      from: { path: '^extensions/', pathNot: TEST },
      to: { path: '^(libs/(?!(sdk|protocol)/)|apps/)' },
    },
    { name: 'pure-roles-do-no-io', severity: 'error', from: { path: PURE, pathNot: TEST }, to: { dependencyTypes: ['core'] } },
    {
      name: 'pure-roles-use-pure-packages',
      severity: 'error',
      from: { path: PURE, pathNot: TEST },
      to: {
        dependencyTypesNot: ['type-only'],
        dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'npm-optional'],
        pathNot: purePackages.replace('^(', '^node_modules/(').replace(')$', ')/'),
      },
    },
    {
      name: 'pure-roles-know-no-platform',
      severity: 'error',
      from: { path: `${anyContext}.*${PURE}`, pathNot: TEST },
      to: { path: '^libs/(platform|package)/', pathNot: '^libs/package/src/rules\\.ts$' },
    },
    {
      name: 'pure-roles-know-pure-roles',
      severity: 'error',
      from: { path: `${anyContext}.*${PURE}`, pathNot: TEST },
      to: {
        path: '^libs/(?!(kernel|protocol)/)',
        pathNot: [PURE, VOCABULARY, 'contract\\.ts$', '\\.json$', '^libs/package/src/rules\\.ts$'],
      },
    },
    {
      name: 'the-pure-door-opens-on-pure-files',
      severity: 'error',
      comment: 'What pure files of other rooms may use of libs/package is pure itself, however deep.',
      from: { path: '^libs/package/src/rules\\.ts$' },
      to: { pathNot: [PURE, '^libs/package/src/resolution/problem\\.ts$'] },
    },
    {
      name: 'release-code-knows-no-tests',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: [TEST, '^libs/testkit/'] },
      to: { path: '(/testing/|^test/|\\.spec\\.ts$|^libs/testkit/)' },
    },
    { name: 'nothing-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'A file nobody imports has no reason.',
      from: { orphan: true, pathNot: [TEST, '\\.d\\.ts$', '^apps/[^/]+/src/main', '^extensions/'] },
      to: {},
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.cache|test/bench/peers|test/fixtures)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['source', 'import', 'node', 'default', 'types'] },
  },
};

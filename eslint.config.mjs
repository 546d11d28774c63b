// Lint rules. The suffix of a file is its role, and the role decides what the file may do.
import tseslint from 'typescript-eslint';

const PURE = ['events', 'commands', 'errors', 'decider', 'process-manager', 'rules', 'projection', 'port', 'codes'].map(
  (role) => `**/*.${role}.ts`,
);
const TESTS = ['**/*.spec.ts', 'test/**', '**/testing/**', 'extensions/*/test/**', 'libs/testkit/**'];

const machine = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Time comes in through the CLOCK port.' },
  { selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: 'Time comes in through the CLOCK port.' },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Chance comes in through the RANDOM port.',
  },
  { selector: 'CallExpression[callee.name=/^(setTimeout|setInterval)$/]', message: 'Timers come in through the TIMERS port.' },
  {
    selector: "CallExpression[callee.name='randomUUID'], CallExpression[callee.property.name='randomUUID']",
    message: 'Identity comes in through the IDS port.',
  },
];
const cycles = [{ selector: "CallExpression[callee.name='forwardRef']", message: 'A cycle of modules is a design to mend, not to defer.' }];
const borders = [
  { selector: "NewExpression[callee.name='Function']", message: 'Code made from text is never a border.' },
  {
    selector: "CallExpression[callee.name='eval'], CallExpression[callee.name='Function']",
    message: 'Code made from text is never a border.',
  },
  { selector: 'ImportExpression[source.value=/^((node:)?vm|vm2|ses|isolated-vm)$/]', message: 'What shares a process is never a border.' },
];

const vendors = (...allowed) => {
  const doors = {
    kafkajs: 'libs/platform/src/bus/kafka',
    '@eventstore/db-client': 'libs/platform/src/event-store/eventstoredb',
    'node:child_process': 'libs/platform/src/process',
    child_process: 'libs/platform/src/process',
    'node:vm': 'libs/package/src/schema/compile-foreign-schema.ts (a stopwatch around our own functions); it is no border',
    vm: 'nowhere: write node:vm, and read what its door says',
    vm2: 'nowhere: it is no border',
    ses: 'nowhere: it is no border',
    'isolated-vm': 'nowhere: it is no border',
    'node:worker_threads': 'libs/workflow/src/expression/real-jq.ts (time and memory around WebAssembly); it is no border',
    '@nestjs/graphql': '*.graphql.ts, *.resolver.ts and libs/platform/src/graphql',
    '@nestjs/cqrs': 'nowhere: the kernel is our own',
  };
  return Object.entries(doors)
    .filter(([name]) => !allowed.includes(name))
    .map(([name, door]) => ({ name, message: `Its one door is ${door}.` }));
};

export default tseslint.config(
  {
    ignores: ['dist/**', '.cache/**', '.data/**', 'node_modules/**', 'test/bench/peers/**', 'test/fixtures/**', '**/*.mjs', 'coverage/**'],
  },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false, attributes: false } }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      'no-restricted-imports': ['error', { paths: vendors() }],
      'no-restricted-syntax': ['error', ...cycles, ...borders],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['libs/**/*.ts', 'apps/server/**/*.ts'],
    ignores: ['libs/platform/src/time/**', 'libs/sdk/**', ...TESTS],
    rules: { 'no-restricted-syntax': ['error', ...machine, ...cycles, ...borders] },
  },
  {
    files: PURE,
    ignores: TESTS,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: vendors(),
          patterns: [
            { regex: '^(node:|@nestjs/|typeorm|pg$|@kari/platform)', message: 'A pure role knows no I/O, no framework and no platform.' },
          ],
        },
      ],
    },
  },
  {
    files: ['libs/platform/src/process/**'],
    rules: { 'no-restricted-imports': ['error', { paths: vendors('node:child_process') }] },
  },
  {
    files: ['libs/package/src/schema/compile-foreign-schema.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: vendors('node:vm') }] },
  },
  {
    files: ['libs/workflow/src/expression/real-jq.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: vendors('node:worker_threads') }] },
  },
  {
    files: ['**/*.graphql.ts', '**/*.resolver.ts', 'libs/platform/src/graphql/**'],
    rules: { 'no-restricted-imports': ['error', { paths: vendors('@nestjs/graphql') }] },
  },
  {
    files: TESTS,
    rules: {
      'no-restricted-imports': 'off',
      'no-console': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);

// Refusals about what an extension package is: its manifest, schemas, bundle and files. The PACKAGE_MANIFEST_* codes also stand beside each
// single problem of a manifest check, so that a tool can act on them.
import type { CodeEntry } from './code.js';

export const packageCodes = {
  PACKAGE_RESOLUTION_LIMIT: {
    kind: 'limit',
    message: 'It could not be told in {steps} steps which versions fit together.',
    next: 'Ask for less at once, or name the versions.',
  },
  PACKAGE_MANIFEST_INVALID: {
    kind: 'invalid',
    message: 'The manifest of {extension} is not valid: {count} problem(s), the first at line {line}: {reason}.',
    next: '{fix} Run "kari validate" to see every problem.',
  },
  PACKAGE_MANIFEST_SYNTAX: {
    kind: 'invalid',
    message: 'extension.json is not JSON at {pointer}: {reason}.',
    next: '{fix}',
  },
  PACKAGE_MANIFEST_SIZE: {
    kind: 'limit',
    message: 'extension.json is too large or too deep: {reason}.',
    next: '{fix}',
  },
  PACKAGE_MANIFEST_UNKNOWN_KEY: {
    kind: 'invalid',
    message: '{pointer} is not a key of a manifest: {reason}.',
    next: '{fix}',
  },
  PACKAGE_MANIFEST_DUPLICATE: {
    kind: 'invalid',
    message: '{pointer} is said twice: {reason}.',
    next: '{fix}',
  },
  PACKAGE_MANIFEST_SHAPE: {
    kind: 'invalid',
    message: '{pointer} has not the shape it must have: {reason}.',
    next: '{fix}',
  },
  PACKAGE_MANIFEST_VERSION: {
    kind: 'invalid',
    message: '{pointer} is not a version or range as node-semver writes it: {reason}.',
    next: '{fix}',
  },
  PACKAGE_MANIFEST_REFERENCE: {
    kind: 'invalid',
    message: '{pointer} names something the manifest does not declare: {reason}.',
    next: '{fix}',
  },
  PACKAGE_MANIFEST_PERMISSION: {
    kind: 'invalid',
    message: '{pointer} and the permissions do not fit together: {reason}.',
    next: '{fix}',
  },
  PACKAGE_MANIFEST_SCHEMA: {
    kind: 'invalid',
    message: 'The JSON Schema at {pointer} is not accepted: {reason}.',
    next: '{fix}',
  },
  PACKAGE_MANIFEST_EXAMPLE: {
    kind: 'invalid',
    message: 'The value at {pointer} does not match its own schema: {reason}.',
    next: '{fix}',
  },
  PACKAGE_MANIFEST_PLATFORM: {
    kind: 'conflict',
    message: 'The extension does not run on this version of Kari: {reason}.',
    next: '{fix}',
  },
  PACKAGE_HIDDEN_TEXT: {
    kind: 'invalid',
    message: '{pointer} holds text that does not look like what it is: {reason}.',
    next: '{fix}',
  },
  PACKAGE_SCHEMA_REFUSED: {
    kind: 'invalid',
    message: 'The JSON Schema is not accepted at "{pointer}": {reason}.',
    next: '{fix}',
  },
  PACKAGE_MANIFEST_MISSING: {
    kind: 'missing',
    message: 'There is no extension.json in {folder}.',
    next: 'Write one, or start from extensions/kari.hello.',
  },
  PACKAGE_FILE_REFUSED: {
    kind: 'denied',
    message: 'The file {path} of the package is refused: {reason}.',
    next: 'A package holds regular files below its own folder only: no links, no "..", no absolute paths.',
  },
  PACKAGE_FILE_MISSING: {
    kind: 'missing',
    message: 'The package lacks the file {path}: {reason}.',
    next: 'Add the file, or correct its name in extension.json.',
  },
  PACKAGE_TOO_LARGE: {
    kind: 'limit',
    message: '{what} takes {bytes} bytes; the limit is {limit}.',
    next: 'Import less, move large data into assets, or ask for a larger resource class with a reason.',
  },
  PACKAGE_BUNDLE_FAILED: {
    kind: 'invalid',
    message: 'The source of {extension} does not bundle: {reason}.',
    next: 'Correct the named line; only code that needs no Node built-ins can be bundled (allowed: {allowed}).',
  },
  PACKAGE_BUNDLE_UNAVAILABLE: {
    kind: 'unavailable',
    message: 'The bundler cannot run now: {reason}.',
    next: 'Check that the package "esbuild" is installed for this machine, then try again.',
  },
} as const satisfies Record<string, CodeEntry>;

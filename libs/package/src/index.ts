// What an extension package is, judged alike by the server, the command line and the test host.
export * from './schema/compile-foreign-schema.js';
export * from './schema/own-schema.js';
export * from './schema/with-defaults.rules.js';
export type { SchemaProblem } from './schema/foreign-schema.rules.js';
export { below, tokensOf } from './schema/pointer.js';
export * from './manifest/check-manifest.js';
export * from './manifest/grants.rules.js';
export { nearest, suggestion } from './manifest/nearest.rules.js';
export { forbiddenNames } from './schema/schema-keywords.js';
export { hiddenText, type HiddenText } from './manifest/hidden-text.rules.js';
export type { ManifestCode, ManifestProblem } from './manifest/manifest-problem.js';
export * from './bundle/bundler-service.js';
export { bundleSource, sha256, type Bundle } from './bundle/bundle-folder.js';
export { powerlessBuiltins } from './bundle/bundle-resolution.js';
export { packageLimits, readPackageFile } from './bundle/package-files.js';
export * from './bundle/package-folder.js';
export * from './types/generate-types.js';
export { contractBreaks, contractBreaksBetween, type ContractBreak, type ContractParty } from './contract/contract-breaks.rules.js';

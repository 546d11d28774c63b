// What is pure of this lib, for the pure files of other rooms: versions, needs, grants, contracts and the resolver. No input, no output.
export { grantsOf, widenedGrants, type GrantRequest } from './manifest/grants.rules.js';
export { contractBreaks, contractBreaksBetween, type ContractBreak } from './contract/contract-breaks.rules.js';
export { contractOf, isProvider, needsOf, type Need } from './resolution/needs.rules.js';
export type { Candidate, ResolutionProblem, Wish } from './resolution/problem.js';
export { resolve, type Resolution } from './resolution/resolve.rules.js';
export { compareVersions, covers, highestFirst, inOrderOfChoice, isRange } from './resolution/version-range.rules.js';

// What is pure of this lib, for the pure files of other rooms: versions, needs, grants, contracts, the resolver and tables. No input, no output.
export { grantsOf, widenedGrants, type GrantRequest } from './manifest/grants.rules.js';
export { durationMilliseconds } from './manifest/duration.rules.js';
export { DEFAULT_TASK_RETRIES, taskPause } from './tasks/task-pause.rules.js';
export { contractBreaks, contractBreaksBetween, type ContractBreak } from './contract/contract-breaks.rules.js';
export { contractOf, isProvider, needsOf, type Need } from './resolution/needs.rules.js';
export type { Candidate, ResolutionProblem, Wish } from './resolution/problem.js';
export { resolve, type Resolution } from './resolution/resolve.rules.js';
export { compareVersions, covers, highestFirst, inOrderOfChoice, isRange } from './resolution/version-range.rules.js';
export {
  emptyLayout,
  own,
  planLayout,
  reservedFields,
  type CollectionLayout,
  type FieldLayout,
  type Layout,
  type LayoutChange,
  type LayoutPlan,
  type LayoutProblem,
} from './tables/layout.rules.js';
export { everything, judgeFilter, matches, type Asked, type Comparison, type Filter } from './tables/filter.rules.js';
export {
  compareKeys,
  cursorOf,
  judgeAggregate,
  judgeFind,
  queryLimits,
  type AggregateRequest,
  type FindRequest,
  type JudgedAggregate,
  type JudgedFind,
  type Measure,
  type OrderKey,
} from './tables/query.rules.js';
export {
  asRead,
  judgeInsert,
  judgeUpdate,
  judgeUsage,
  rowLimits,
  weightOf,
  type Usage,
  type Values,
  type Write,
  type WriteOutcome,
} from './tables/row.rules.js';
export { tableRequests, type TableRequest } from './tables/request.rules.js';

// Refusals of workflows: what is wrong with a document, with an expression, and with the life of a definition.
import type { CodeEntry } from './code.js';

const place = 'See the problem’s pointer, line and column; the guide of the workflow language has a sample of each construct.';

export const workflowCodes = {
  WORKFLOW_DOCUMENT_SYNTAX: { kind: 'invalid', message: 'The document cannot be read: {reason}.', next: 'Correct the YAML or JSON.' },
  WORKFLOW_DOCUMENT_SIZE: {
    kind: 'limit',
    message: 'The document is too large: {reason}.',
    next: 'Split it: a task `run.workflow` starts another one.',
  },
  WORKFLOW_DOCUMENT_SHAPE: { kind: 'invalid', message: 'The document does not fit the DSL at {pointer}: {reason}.', next: place },
  WORKFLOW_UNKNOWN_KEY: { kind: 'invalid', message: 'There is no such key at {pointer}: {reason}.', next: place },
  WORKFLOW_DSL_UNSUPPORTED: { kind: 'invalid', message: 'This version of the DSL is not run here: {reason}.', next: 'Write dsl: 1.0.3.' },
  WORKFLOW_CALL_UNKNOWN: {
    kind: 'invalid',
    message: 'The call at {pointer} names nothing: {reason}.',
    next: 'Name a plugin, a function of use.functions, or http, grpc, openapi, asyncapi.',
  },
  WORKFLOW_TASK_FORBIDDEN: { kind: 'denied', message: 'This task is not run here: {reason}.', next: 'Use a plugin for it.' },
  WORKFLOW_INPUT_MISMATCH: {
    kind: 'invalid',
    message: 'What is given at {pointer} cannot fit: {reason}.',
    next: 'Look at the contract of the plugin in the catalogue.',
  },
  WORKFLOW_TARGET_UNKNOWN: { kind: 'invalid', message: 'The flow at {pointer} leads nowhere: {reason}.', next: place },
  WORKFLOW_TASK_NAME_DUPLICATE: { kind: 'invalid', message: 'Two tasks of one list have one name: {reason}.', next: 'Rename one.' },
  WORKFLOW_TASK_UNREACHABLE: { kind: 'invalid', message: 'No flow leads to the task at {pointer}: {reason}.', next: place },
  WORKFLOW_BRANCHES_MISSING: { kind: 'invalid', message: 'There is nothing to do at {pointer}: {reason}.', next: place },
  WORKFLOW_SCHEDULE_INVALID: { kind: 'invalid', message: 'The schedule cannot be kept: {reason}.', next: place },
  WORKFLOW_CRON_INVALID: {
    kind: 'invalid',
    message: 'The cron expression at {pointer} is wrong: {reason}.',
    next: 'Five fields: 0 9 * * 1-5.',
  },
  WORKFLOW_DURATION_INVALID: {
    kind: 'invalid',
    message: 'The duration at {pointer} is wrong: {reason}.',
    next: 'Write PT15M or {minutes: 15}.',
  },
  WORKFLOW_TIME_ZONE_INVALID: {
    kind: 'invalid',
    message: 'There is no such time zone: {reason}.',
    next: 'Write an IANA name: Europe/Paris.',
  },
  WORKFLOW_EVENTS_INVALID: { kind: 'invalid', message: 'What is listened to at {pointer} is wrong: {reason}.', next: place },
  WORKFLOW_SECRET_MISPLACED: {
    kind: 'invalid',
    message: 'A secret cannot be named at {pointer}: {reason}.',
    next: 'Name it in headers, body or authentication of call: http, or in use.authentications.',
  },
  WORKFLOW_AUTHENTICATION_INVALID: {
    kind: 'invalid',
    message: 'No token can be asked for as it is said at {pointer}: {reason}.',
    next: 'Name the authority, a grant that needs no person, and the client; secrets stand in what the client proves itself with.',
  },
  WORKFLOW_REFERENCE_UNKNOWN: {
    kind: 'invalid',
    message: 'Nothing is defined by that name at {pointer}: {reason}.',
    next: 'Define it in use.',
  },
  WORKFLOW_CATCH_NEVER: { kind: 'invalid', message: 'The catch at {pointer} can never match: {reason}.', next: place },
  WORKFLOW_RETRY_ENDLESS: {
    kind: 'invalid',
    message: 'The retry at {pointer} never ends: {reason}.',
    next: 'Give limit.attempt.count or limit.duration.',
  },
  WORKFLOW_EXPRESSION_INVALID: { kind: 'invalid', message: 'The expression at {pointer} is wrong: {reason}.', next: 'Expressions are jq.' },
  WORKFLOW_VARIABLE_UNKNOWN: { kind: 'invalid', message: 'A variable at {pointer} does not exist there: {reason}.', next: place },
  WORKFLOW_EXTENSION_INVALID: { kind: 'invalid', message: 'metadata.kari at {pointer} is wrong: {reason}.', next: place },
  WORKFLOW_EXPRESSION_FAILED: {
    kind: 'failed',
    message: 'The expression {expression} gave no value ({fault}): {reason}.',
    next: 'Try the expression with the input that the run shows.',
  },
  WORKFLOW_INVALID: {
    kind: 'invalid',
    message: 'The workflow has {count} problems; the first, at {pointer} (line {line}): {reason}.',
    next: 'Ask validateWorkflow for all of them, correct the document and save again.',
  },
  WORKFLOW_NOT_FOUND: {
    kind: 'missing',
    message: 'There is no workflow {workflow} in this tenant.',
    next: 'The query workflows lists them.',
  },
  WORKFLOW_VERSION_NOT_FOUND: {
    kind: 'missing',
    message: 'The workflow {workflow} has no version {version}.',
    next: 'The query workflowVersions lists them.',
  },
  WORKFLOW_VERSION_CONFLICT: {
    kind: 'conflict',
    message: 'The workflow {workflow} is at version {actual}, not {expected}: someone saved before you.',
    next: 'Look at workflowDiff between the two, then save on top of version {actual}.',
  },
  WORKFLOW_VERSIONS_FULL: {
    kind: 'limit',
    message: 'The workflow {workflow} has {limit} versions already.',
    next: 'Save it under a new name.',
  },
  WORKFLOW_BLOCKED: {
    kind: 'conflict',
    message: 'Version {version} of {workflow} cannot run now: {reason}.',
    next: 'Bring back what it needs, or save a version that does without.',
  },
  WORKFLOW_INACTIVE: {
    kind: 'conflict',
    message: 'The workflow {workflow} is not active: nothing starts it.',
    next: 'Activate one of its versions with activateWorkflow, then start it.',
  },
  WORKFLOW_IN_USE: {
    kind: 'conflict',
    message: 'The workflow {workflow} cannot be deleted: {runs} runs need it.',
    next: 'Let them end or cancel them, then delete it.',
  },
  WORKFLOW_OWNED: {
    kind: 'conflict',
    message: 'The workflow {workflow} belongs to the extension {owner} and lives with it.',
    next: 'Export it and save it under a name of your own.',
  },
} as const satisfies Record<string, CodeEntry>;

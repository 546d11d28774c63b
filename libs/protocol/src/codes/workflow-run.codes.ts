// Refusals around runs of workflows: starting them, what is asked of them, and approvals.
import type { CodeEntry } from './code.js';

export const workflowRunCodes = {
  WORKFLOW_CONSTRUCT_UNSUPPORTED: {
    kind: 'invalid',
    message: 'This workflow cannot run here: {construct} at {pointer} is not supported.',
    next: 'Write it without {construct}; a plugin can often do the same.',
  },
  WORKFLOW_CALL_INVALID: {
    kind: 'invalid',
    message: 'The call cannot be made: {reason}.',
    next: 'Correct what the task gives it; workflowRunHistory shows what it was made with.',
  },
  WORKFLOW_HTTP_STATUS: {
    kind: 'failed',
    message: '{target} answered {method} with status {status}.',
    next: 'Catch the status in the workflow, or look at what the call sends.',
  },
  WORKFLOW_GRPC_STATUS: {
    kind: 'failed',
    message: '{target} answered {method} with {status}: {words}.',
    next: 'Catch the status in the workflow, or look at what the call sends.',
  },
  WORKFLOW_AUTHENTICATION_FAILED: {
    kind: 'unauthenticated',
    message: '{target} refused the credentials of the call ({method}, status {status}).',
    next: 'Check the authentication of the task, and the secret behind it.',
  },
  WORKFLOW_ANSWER_INVALID: {
    kind: 'failed',
    message: 'The answer cannot be read: {reason}.',
    next: 'Look at what the host answers; call: http takes it as it is with output: raw.',
  },
  WORKFLOW_SECRET_FAILED: {
    kind: 'invalid',
    message: 'The expression at {pointer} gave no value with the secrets that it names.',
    next: 'Check the expression, and the form in which the secret was set.',
  },
  WORKFLOW_UNKNOWN: {
    kind: 'missing',
    message: 'There is no workflow {workflow} in version {version} in this tenant.',
    next: 'Save it first, or name a version that there is.',
  },
  WORKFLOW_VERSION_GONE: {
    kind: 'conflict',
    message: 'Version {version} of the workflow {workflow} can no longer be run: its runs wait.',
    next: 'Bring back what it needs; its runs then go on by themselves.',
  },
  WORKFLOW_KEY_REUSED: {
    kind: 'conflict',
    message: 'The idempotency key {key} belongs to run {run}, which was started with another workflow or input.',
    next: 'Choose a key for each start; repeat a start with the same workflow and input.',
  },
  WORKFLOW_DEPTH_EXCEEDED: {
    kind: 'limit',
    message: 'Starting {workflow} would put run {depth} into one chain of runs; at most {limit} may be.',
    next: 'Look for workflows that run each other in a circle.',
  },
  WORKFLOW_WEBHOOK_INVALID: {
    kind: 'invalid',
    message: 'Approvals cannot be told there: {reason}.',
    next: 'Give an address like https://example.org/approvals; what is secret goes into the secret that messages are signed with.',
  },
  WORKFLOW_WEBHOOK_NONE: {
    kind: 'missing',
    message: 'This tenant has no webhook for approvals.',
    next: 'Set one with setApprovalWebhook.',
  },
  WORKFLOW_WEBHOOK_REFUSED: {
    kind: 'unavailable',
    message: 'The webhook of approvals answered with status {status}.',
    next: 'It is told again; after ten attempts, or with status 410, the notification is parked.',
  },
  WORKFLOW_NOTIFICATION_NOT_PARKED: {
    kind: 'conflict',
    message: 'The notification {notification} is not parked.',
    next: 'The query approvalNotifications(state: PARKED) lists those that are.',
  },
  WORKFLOW_RUN_UNKNOWN: { kind: 'missing', message: 'There is no run {run} in this tenant.', next: 'The query workflowRuns lists them.' },
  WORKFLOW_RUN_CLOSED: {
    kind: 'conflict',
    message: 'The run {run} is {status}: this cannot be asked of it any more.',
    next: 'Retry it if it failed, or start another one.',
  },
  WORKFLOW_RUN_NOT_FAILED: {
    kind: 'conflict',
    message: 'The run {run} is {status}; only a run that failed is retried.',
    next: 'Fork it to run it again from the beginning.',
  },
  WORKFLOW_RETRY_IMPOSSIBLE: {
    kind: 'conflict',
    message: 'The run {run} cannot be retried from {task}. Tasks that it can be retried from: {tasks}.',
    next: 'Name one of them, or fork the run.',
  },
  WORKFLOW_RUN_OPEN: {
    kind: 'conflict',
    message: 'The run {run} has not ended: there is no whole recording to replay yet.',
    next: 'Wait for its end, or cancel it, then replay it.',
  },
  WORKFLOW_RUN_IS_REPLAY: {
    kind: 'conflict',
    message: 'The run {run} is a replay: it goes by its recording alone, and nothing else can be asked of it.',
    next: 'Replay or fork the run that it repeats.',
  },
  WORKFLOW_REPLAY_OF_REPLAY: {
    kind: 'conflict',
    message: 'The run {run} is itself a replay, of {of}: it has no recording of its own.',
    next: 'Replay {of}.',
  },
  WORKFLOW_REPLAY_DIVERGED: {
    kind: 'conflict',
    message: 'The replay had to stop at {task}: {reason}.',
    next: 'Look at what its report expected and got there; replay another version, or start a test run with that task pinned.',
  },
  WORKFLOW_HISTORY_GONE: {
    kind: 'conflict',
    message: 'Of the run {run} only its summary is left: its history was given up when its time of retention was over.',
    next: 'Start or fork another run; keep histories for longer with setRunRetention.',
  },
  WORKFLOW_BULK_MOVED: {
    kind: 'conflict',
    message: 'The set of runs has moved since its preview: {count} runs fit now. Nothing was done.',
    next: 'Look at bulkRunsPreview again and confirm its new hash.',
  },
  WORKFLOW_BULK_EMPTY: {
    kind: 'conflict',
    message: 'No run fits: there is nothing to do.',
    next: 'Look at bulkRunsPreview: cancelling means runs that go on, retrying those that failed.',
  },
  WORKFLOW_BULK_TOO_MANY: {
    kind: 'limit',
    message: 'More than {limit} runs fit: a bulk wish is for at most so many.',
    next: 'Narrow the filter, by workflow or by time, and do it in several steps.',
  },
  WORKFLOW_BULK_UNKNOWN: {
    kind: 'missing',
    message: 'There is no bulk wish {bulk} in this tenant.',
    next: 'The query bulkRuns lists them.',
  },
  WORKFLOW_PIN_INVALID: {
    kind: 'invalid',
    message: 'The pin {pin} cannot be used: {reason}.',
    next: 'Name a task of the document, or give its JSON pointer; each task once.',
  },
  WORKFLOW_MAPPING_INVALID: {
    kind: 'invalid',
    message: 'The mapping of {entry} cannot be used: {reason}.',
    next: 'Name a task of each version by its name, its JSON pointer or its place, each task once; workflowDiff shows what changed.',
  },
  WORKFLOW_MIGRATION_UNNAMED: {
    kind: 'invalid',
    message: 'Runs are moved from version to version of one workflow, and the filter names none.',
    next: 'Name it in the filter.',
  },
  WORKFLOW_MIGRATION_IMPOSSIBLE: {
    kind: 'conflict',
    message: 'The run {run} cannot be moved to version {version}. {places}.',
    next: 'Map each of these to its place there, or let the run go past them; runMigrationPreview shows what would become of it.',
  },
  WORKFLOW_MIGRATION_OVERTAKEN: {
    kind: 'conflict',
    message: 'The run {run} went on while it was judged, again and again. Nothing was done.',
    next: 'Pause it, migrate it, and let it go on.',
  },
  WORKFLOW_RUN_MIGRATED: {
    kind: 'conflict',
    message: 'The run {run} was moved from version to version while it went on ({versions}): it can be replayed by those alone.',
    next: 'Replay it without naming a version.',
  },
  WORKFLOW_APPROVAL_CLOSED: {
    kind: 'conflict',
    message: 'The approval {approval} of run {run} is not open: it was decided, expired or taken back.',
    next: 'The query workflowApprovals lists what is open.',
  },
  WORKFLOW_APPROVAL_DENIED: {
    kind: 'denied',
    message: 'The approval {approval} of run {run} asks for one of these rights: {rights}.',
    next: 'Ask somebody who holds one of them.',
  },
  WORKFLOW_APPROVAL_EXPIRED: {
    kind: 'failed',
    message: 'Nobody decided the approval in time.',
    next: 'Catch the timeout in the workflow, or give the approval more time.',
  },
} as const satisfies Record<string, CodeEntry>;

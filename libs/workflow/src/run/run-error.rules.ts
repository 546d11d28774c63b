// Errors of runs in the DSL's own form, and which `catch` takes which.
import type { Rejection } from '@kari/kernel';
import { wording } from '@kari/protocol';
import type { ErrorFilter } from '../definition/document.js';
import type { RunError } from './run.events.js';

const BASE = 'https://serverlessworkflow.io/spec/1.0.0/errors';

export type StandardError =
  'configuration' | 'validation' | 'expression' | 'authentication' | 'authorization' | 'timeout' | 'communication' | 'runtime';

const STATUS: Readonly<Record<StandardError, number>> = {
  configuration: 400,
  validation: 400,
  expression: 400,
  authentication: 401,
  authorization: 403,
  timeout: 408,
  communication: 500,
  runtime: 500,
};

export function standardError(kind: StandardError, detail: string, more: Partial<RunError> = {}): RunError {
  return { type: `${BASE}/${kind}`, status: STATUS[kind], detail, ...more };
}

/** What a task is asked for cannot be begun with. */
export class Refusal extends Error {
  constructor(readonly error: RunError) {
    super(error.detail);
  }
}

function kindOfGrpc(status: unknown): StandardError {
  if (status === 'UNAUTHENTICATED') return 'authentication';
  if (status === 'PERMISSION_DENIED') return 'authorization';
  return status === 'DEADLINE_EXCEEDED' ? 'timeout' : 'communication';
}

/** A refusal of ours as an error of the run: its code is the title, its words the detail. */
export function errorOf(refusal: Rejection): RunError {
  const { kind, message } = wording(refusal.code, refusal.facts);
  const title = refusal.code;
  if (/DEADLINE|TIMEOUT/.test(refusal.code)) return standardError('timeout', message, { title });
  if (refusal.code === 'WORKFLOW_HTTP_STATUS')
    return standardError('communication', message, { title, status: Number(refusal.facts['status']) });
  if (refusal.code === 'WORKFLOW_GRPC_STATUS')
    return standardError(kindOfGrpc(refusal.facts['status']), message, { title, status: Number(refusal.facts['http']) });
  if (refusal.code === 'WORKFLOW_SECRET_FAILED') return standardError('expression', message, { title });
  switch (kind) {
    case 'invalid':
      return standardError('validation', message, { title });
    case 'unauthenticated':
      return standardError('authentication', message, { title });
    case 'denied':
      return standardError('authorization', message, { title });
    case 'missing':
      return standardError('communication', message, { title, status: 404 });
    case 'conflict':
      return standardError('communication', message, { title, status: 409 });
    case 'limit':
      return standardError('communication', message, { title, status: 429 });
    case 'unavailable':
      return standardError('communication', message, { title, status: 503 });
    default:
      return standardError('communication', message, { title });
  }
}

const STANDARD_TYPE = /^https:\/\/serverlessworkflow\.io\/(?:spec\/1\.0\.\d+\/errors|dsl\/errors\/types)\/([a-z]+)$/;

/** The specification has two addresses for its standard errors: in its text, and in its conformance features. */
function sameType(asked: string, type: string): boolean {
  const kind = STANDARD_TYPE.exec(asked)?.[1];
  return asked === type || (kind !== undefined && kind === STANDARD_TYPE.exec(type)?.[1]);
}

/** Every property that the filter names must be equal; `details` is the DSL's name for `detail`. */
export function passesFilter(error: RunError, filter: ErrorFilter | undefined): boolean {
  if (filter === undefined) return true;
  return (
    (filter.type === undefined || sameType(filter.type, error.type)) &&
    (filter.status === undefined || filter.status === error.status) &&
    (filter.instance === undefined || filter.instance === error.instance) &&
    (filter.title === undefined || filter.title === error.title) &&
    (filter.details === undefined || filter.details === error.detail)
  );
}

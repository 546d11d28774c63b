// What a document asks for that this engine does not do: named before anything runs, never left out in silence.
import { kindOf, type CallTask, type Task, type TaskList, type WorkflowDocument } from '../definition/document.js';
import { entriesOf, valueAt } from './flow.rules.js';

export interface Unsupported {
  readonly construct: string;
  readonly pointer: string;
}

const FOREIGN_CALLS: ReadonlySet<string> = new Set(['http', 'grpc', 'openapi', 'asyncapi', 'a2a', 'mcp']);

/** The first one found, in the order of the document. */
export function unsupportedIn(document: WorkflowDocument): Unsupported | null {
  const { use = {} } = document;
  if ((use.secrets?.length ?? 0) > 0) return { construct: 'use.secrets', pointer: '/use/secrets' };
  if ((use.extensions?.length ?? 0) > 0) return { construct: 'use.extensions', pointer: '/use/extensions' };
  if (document.document.metadata?.kari?.concurrency !== undefined)
    return { construct: 'a concurrency key', pointer: '/document/metadata/kari/concurrency' };
  if (document.document.metadata?.kari?.rateLimit !== undefined)
    return { construct: 'a rate limit', pointer: '/document/metadata/kari/rateLimit' };
  for (const [name, shared] of Object.entries(use.functions ?? {})) {
    const found = inTask(document, shared, `/use/functions/${name}`);
    if (found !== null) return found;
  }
  return inList(document, '/do');
}

function inList(document: WorkflowDocument, list: string): Unsupported | null {
  for (const { pointer } of entriesOf(document, list)) {
    const found = inTask(document, valueAt(document, pointer) as Task, pointer);
    if (found !== null) return found;
  }
  return null;
}

function inTask(document: WorkflowDocument, task: Task, pointer: string): Unsupported | null {
  if (task.metadata?.kari?.rateLimit !== undefined) return { construct: 'a rate limit', pointer };
  for (const side of ['input', 'output', 'export'] as const) {
    if (task[side]?.schema?.resource !== undefined) return { construct: 'a schema from elsewhere', pointer: `${pointer}/${side}` };
  }
  const own = ofKind(document, task, pointer);
  if (own !== null) return own;
  const compensate = task.metadata?.kari?.compensate;
  return compensate === undefined ? null : inList(document, `${pointer}/metadata/kari/compensate`);
}

function ofKind(document: WorkflowDocument, task: Task, pointer: string): Unsupported | null {
  switch (kindOf(task)) {
    case 'call': {
      const { call } = task as CallTask;
      const shared = document.use?.functions?.[call];
      if (shared !== undefined && kindOf(shared) !== 'call') return { construct: 'a function that is no call', pointer };
      return shared === undefined && FOREIGN_CALLS.has(call) ? { construct: `call: ${call}`, pointer } : null;
    }
    case 'do':
    case 'for':
      return inList(document, `${pointer}/do`);
    case 'fork':
      return inList(document, `${pointer}/fork/branches`);
    case 'try': {
      const { catch: clause } = task as { catch?: { do?: TaskList } };
      return inList(document, `${pointer}/try`) ?? (clause?.do === undefined ? null : inList(document, `${pointer}/catch/do`));
    }
    case 'listen':
    case 'emit':
      return { construct: kindOf(task), pointer };
    case 'run':
      return 'workflow' in (task as { run: object }).run
        ? null
        : { construct: `run: ${Object.keys((task as { run: object }).run).join(', ')}`, pointer };
    default:
      return null;
  }
}

// Published names of the security context, the rights that extensions declare, and the way out for what workflows call.
import type { RequestContext } from '@kari/kernel';
import type { Manifest } from '@kari/protocol/manifest';

export const securityEvents = {
  privateHostOpened: 'PrivateHostOpened',
  privateHostClosed: 'PrivateHostClosed',
  workflowHostOpened: 'WorkflowHostOpened',
  workflowHostClosed: 'WorkflowHostClosed',
  rightRolesSet: 'RightRolesSet',
  rightRolesReset: 'RightRolesReset',
  rightRolesForgotten: 'RightRolesForgotten',
} as const;

/** Token of `ExtensionRights`. */
export const EXTENSION_RIGHTS = Symbol('ExtensionRights');

/** Rights that extensions declare for the people of a tenant: held by the roles of the manifest, or by those that the tenant chose instead. */
export interface ExtensionRights {
  /** Those of that version that the caller holds in the tenant acted on, `<resource>.<verb>`, by the log as it stands now. */
  heldBy(caller: RequestContext, manifest: Pick<Manifest, 'id' | 'rights'>): Promise<readonly string[]>;
}

/** Token of `OutgoingCalls`. */
export const OUTGOING_CALLS = Symbol('OutgoingCalls');

/** One HTTP request of a workflow. */
export interface OutgoingCall {
  readonly tenant: string;
  /** The extension that brought the workflow along, whose grants then decide; null: the tenant's own, for which the tenant opens hosts. */
  readonly owner: string | null;
  readonly correlationId: string;
  readonly signal: AbortSignal;
  /** Absolute; its origin is what may be told of it. */
  readonly url: string;
  /** GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS. */
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** At most 640 KiB, as an answer. */
  readonly body: Buffer | null;
  /** For the whole exchange, redirects included. */
  readonly timeoutMs: number;
  /** Whether redirects are followed: each is judged as the first address was, at most 5. None is over HTTP/2. */
  readonly follow: boolean;
  /** `h2`: over HTTP/2, on a connection of its own, in plain text where the address is `http:`. Default: HTTP/1.1. */
  readonly protocol?: 'h2';
  /** Asked for once, when it is certain where the first request goes. */
  readonly conceal?: () => Promise<ConcealedParts>;
}

/** What nobody but the first origin may learn: it goes there, and with no redirect to another one. */
export interface ConcealedParts {
  /** Besides those of the call, lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** In place of the call's own; null leaves that. */
  readonly body: Buffer | null;
  /** Secrets in it: they leave by https only, but for private hosts, and are taken out of whatever comes back. */
  readonly values: readonly string[];
}

export interface OutgoingAnswer {
  readonly status: number;
  /** Lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  /** Lower case; what came behind the body. Empty but over HTTP/2. */
  readonly trailers: Readonly<Record<string, string>>;
  /** For who decodes more of the answer: takes out of a text what the call kept secret. */
  readonly covered: (text: string) => string;
}

/** Errors are `Rejection`s: SECURITY_EGRESS_*, SECURITY_WORKFLOW_HOST_CLOSED, and whatever `conceal` threw. */
export interface OutgoingCalls {
  send(call: OutgoingCall): Promise<OutgoingAnswer>;
  /** Whether `send` would let such a call leave: its host is open or granted. What answers there is another question. */
  isOpen(call: Pick<OutgoingCall, 'tenant' | 'owner' | 'url' | 'method'>): Promise<boolean>;
}

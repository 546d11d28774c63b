import type { CodeEntry } from './code.js';

export const securityCodes = {
  SECURITY_EGRESS_URL_INVALID: {
    kind: 'invalid',
    message: 'The address cannot be fetched: {reason}.',
    next: 'Use an absolute https: (or declared http:) URL without user name and password.',
  },
  SECURITY_EGRESS_UNDECLARED: {
    kind: 'denied',
    message: '{extension} may not reach {target}: {reason}.',
    next: 'Declare scheme, host, port and method under permissions.http and have the operator of the tenant consent to it.',
  },
  SECURITY_EGRESS_ADDRESS_FORBIDDEN: {
    kind: 'denied',
    message: '{host} leads to {address}, which is {range}: no extension may reach it.',
    next: 'If the host is meant to be reached, a platform operator opens it by name with openPrivateHost.',
  },
  SECURITY_EGRESS_NAME_UNRESOLVED: {
    kind: 'unavailable',
    message: 'The name {host} leads to no address now.',
    next: 'Check the name; try again later if it is right.',
  },
  SECURITY_EGRESS_HEADER_REFUSED: {
    kind: 'invalid',
    message: 'The header {header} cannot be sent: {reason}.',
    next: 'Leave it out or correct it; framing and hop-by-hop headers are set by the platform.',
  },
  SECURITY_EGRESS_REDIRECT_REFUSED: {
    kind: 'denied',
    message: '{host} redirects to {target}, which was not followed: {reason}.',
    next: 'Declare the target in the manifest if it is meant to be reached, or ask the host for its final address.',
  },
  SECURITY_EGRESS_REDIRECT_LIMIT: {
    kind: 'limit',
    message: '{host} redirects more than {limit} times.',
    next: 'Ask for the final address directly.',
  },
  SECURITY_EGRESS_TOO_LARGE: {
    kind: 'limit',
    message: 'The {part} of the exchange with {host} is larger than {limit} bytes.',
    next: 'Ask for less at once: a page, a range or a filter.',
  },
  SECURITY_EGRESS_ENCODING: {
    kind: 'unavailable',
    message: '{host} answered in a content encoding that cannot be read: {encoding}.',
    next: 'Ask the host for gzip, deflate, br or plain content.',
  },
  SECURITY_EGRESS_TIMEOUT: {
    kind: 'deadline',
    message: '{host} did not answer in time ({phase}, {milliseconds} ms).',
    next: 'Try again, or allow the call more time with timeoutMs.',
  },
  SECURITY_EGRESS_QUOTA: {
    kind: 'limit',
    message: '{extension} has used up its {what} for outgoing calls: {used} of {limit} in {window}.',
    next: 'Wait for the window to pass; cache what does not change.',
  },
  SECURITY_EGRESS_FAILED: {
    kind: 'unavailable',
    message: 'The exchange with {host} failed: {reason}.',
    next: 'Try again later; check the host and its certificate if it lasts.',
  },
  SECURITY_RIGHT_UNKNOWN: {
    kind: 'missing',
    message: '{extension} declares no right {right} here; it declares: {declared}.',
    next: 'Name one that extensionRights lists, or install the extension first.',
  },
  SECURITY_PRIVATE_HOST_INVALID: {
    kind: 'invalid',
    message: '{host} cannot be opened: {reason}.',
    next: 'Give a host name or address as the manifest writes it, and the networks (CIDR) it may lead to.',
  },
  SECURITY_PRIVATE_HOST_NOT_OPEN: {
    kind: 'missing',
    message: 'The private host {host} is not open.',
    next: 'See privateHosts for those that are.',
  },
  SECURITY_WORKFLOW_HOST_CLOSED: {
    kind: 'denied',
    message: 'Workflows of this tenant may not send {method} to {target}: it is not open to them.',
    next: 'Somebody with the right host.manage opens it with openWorkflowHost; see workflowHosts for those that are open.',
  },
  SECURITY_WORKFLOW_HOST_INVALID: {
    kind: 'invalid',
    message: '{host} cannot be opened to workflows: {reason}.',
    next: 'Give a host name or address without scheme, port and path.',
  },
  SECURITY_WORKFLOW_HOST_NOT_OPEN: {
    kind: 'missing',
    message: '{host} is not open to workflows.',
    next: 'See workflowHosts for those that are.',
  },
  SECURITY_WORKFLOW_HOSTS_FULL: {
    kind: 'limit',
    message: '{host} cannot be opened to workflows: {limit} hosts are open already.',
    next: 'Close those that no workflow calls any more.',
  },
  SECURITY_GRANT_UNKNOWN: {
    kind: 'missing',
    message: '{extension} has no permission {grant} here.',
    next: 'See its grants and the permissions of its manifest for those it has.',
  },
} as const satisfies Record<string, CodeEntry>;

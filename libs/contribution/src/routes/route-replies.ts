// Refusals as replies: those of the platform, and those that an extension answers in words of its own.
import type { Rejection } from '@kari/kernel';
import { correlated, PROBLEM_MEDIA, problemOf, type Problem } from '@kari/platform/http';
import { visible } from '@kari/protocol';
import type { RouteReply } from './route-ask.js';
import type { RoutePlace } from './route-place.rules.js';

export function problemReply(refusal: Rejection, status: number, headers: RouteReply['headers'] = {}): RouteReply {
  const problem = problemOf(refusal, status);
  const credential = status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  return { status, headers: { ...credential, ...headers, 'content-type': PROBLEM_MEDIA }, body: written(problem) };
}

export function extensionProblem(
  { extension }: RoutePlace,
  status: number,
  headers: RouteReply['headers'],
  { code, message }: { readonly code: string; readonly message: string },
): RouteReply {
  const problem: Problem = {
    type: `urn:kari:extension:${extension}:${code}`,
    title: `${extension} refuses`,
    status,
    detail: visible(message),
    code,
    extension,
    ...correlated(),
  };
  return { status, headers: { ...headers, 'content-type': PROBLEM_MEDIA }, body: written(problem) };
}

function written(problem: Problem): Buffer {
  return Buffer.from(JSON.stringify(problem));
}

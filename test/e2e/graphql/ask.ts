// One request to the edge, with exactly the headers a test wants.
import type { EdgeApp } from './edge-app.js';
import { TENANT_A, TOKENS } from './edge-app.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly data: Record<string, unknown> | null;
  readonly codes: readonly string[];
  readonly errors: readonly { readonly message: string; readonly path?: unknown; readonly extensions: Readonly<Record<string, unknown>> }[];
}

export const asReader = { authorization: `Bearer ${TOKENS.reader}`, 'kari-tenant': TENANT_A };
export const asOperator = { authorization: `Bearer ${TOKENS.operator}`, 'kari-tenant': TENANT_A };
export const asNobody = { authorization: `Bearer ${TOKENS.nobody}`, 'kari-tenant': TENANT_A };

export async function ask(
  edge: EdgeApp,
  query: string,
  headers: Record<string, string> = asReader,
  variables: Record<string, unknown> = {},
): Promise<Answer> {
  return send(edge, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
}

export async function send(edge: EdgeApp, init: RequestInit, path = '/graphql'): Promise<Answer> {
  const response = await fetch(`${edge.url}${path}`, init);
  const text = await response.text();
  let body: { data?: Answer['data']; errors?: Answer['errors'] } = {};
  try {
    body = JSON.parse(text) as typeof body;
  } catch {
    // Not every answer is JSON; the test looks at the status then.
  }
  const errors = body.errors ?? [];
  return {
    status: response.status,
    headers: response.headers,
    text,
    data: body.data ?? null,
    errors,
    codes: errors.map((error) => String(error.extensions['code'])),
  };
}

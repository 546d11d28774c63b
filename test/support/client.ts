// GraphQL as a caller outside has it: HTTP and graphql-ws, with the headers of a real request.
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface GraphqlAnswer<T = Record<string, unknown>> {
  readonly status: number;
  readonly data: T | null;
  readonly errors: readonly { readonly message: string; readonly extensions: { readonly code: string; readonly [key: string]: unknown } }[];
}

export interface CallerOptions {
  readonly token: string;
  readonly tenant: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class GraphqlCaller {
  constructor(
    private readonly url: string,
    private readonly options: CallerOptions,
  ) {}

  as(options: Partial<CallerOptions>): GraphqlCaller {
    return new GraphqlCaller(this.url, { ...this.options, ...options });
  }

  get credentials(): Pick<CallerOptions, 'token' | 'tenant'> {
    return this.options;
  }

  /** The same caller of a server that listens elsewhere now. */
  at(url: string): GraphqlCaller {
    return new GraphqlCaller(url, this.options);
  }

  async ask<T = Record<string, unknown>>(
    query: string,
    variables: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<GraphqlAnswer<T>> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${this.options.token}`,
        'kari-tenant': this.options.tenant,
        ...this.options.headers,
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
    });
    const body = (await response.json()) as { data?: T | null; errors?: GraphqlAnswer['errors'] };
    return { status: response.status, data: body.data ?? null, errors: body.errors ?? [] };
  }

  /** The data, or an error that carries every refusal. */
  async data<T = Record<string, unknown>>(
    query: string,
    variables: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<T> {
    const answer = await this.ask<T>(query, variables, headers);
    if (answer.data === null || answer.errors.length > 0) throw new Error(`${answer.status} ${JSON.stringify(answer.errors)}`);
    return answer.data;
  }

  /** The stable code of the first refusal, or null when there was none. */
  async code(query: string, variables: Record<string, unknown> = {}): Promise<string | null> {
    return (await this.ask(query, variables)).errors[0]?.extensions.code ?? null;
  }

  /** Any address of the same server, with the same credential and tenant. */
  fetch(
    path: string,
    { headers, ...init }: Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Response> {
    const { token, tenant, headers: own } = this.options;
    const credentials = { authorization: `Bearer ${token}`, 'kari-tenant': tenant };
    return fetch(`${this.url}${path}`, { ...init, headers: { ...credentials, ...own, ...headers }, redirect: 'manual' });
  }

  socket(): Client {
    return createClient({
      url: `${this.url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${this.options.token}`, tenant: this.options.tenant },
      retryAttempts: 0,
    });
  }
}

/** Asks again until the answer satisfies; fails with the last answer after the time. */
export async function eventually<T>(ask: () => Promise<T>, satisfied: (answer: T) => boolean, withinMs = 20_000): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (satisfied(answer)) return answer;
    if (performance.now() > until) throw new Error(`never satisfied; last: ${JSON.stringify(answer)}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

// A real server with the fixture extensions, and tenants in which they are installed: what a suite about extensions starts from.
import { delimiter, join, resolve } from 'node:path';
import type { Client } from 'graphql-ws';
import { eventually, GraphqlCaller, type GraphqlAnswer } from './client.js';
import { startServer, type RunningServer } from './server.js';

const FIXTURES = resolve(import.meta.dirname, '../fixtures/extensions');

export interface PluginCall {
  readonly output: unknown;
  readonly extension: string;
  readonly fellBackFrom: string | null;
}

/** One tenant as its admin sees it. */
export class TenantDesk {
  constructor(
    readonly id: string,
    readonly slug: string,
    readonly caller: GraphqlCaller,
  ) {}

  /** Consents to everything that is asked for, and waits until the extension is enabled. */
  async install(...extensions: readonly string[]): Promise<void> {
    for (const extension of extensions) {
      const { previewInstall } = await this.caller.data<{ previewInstall: { consent: { id: string }[] } }>(
        'query ($id: ID!) { previewInstall(extension: $id) { consent { id } } }',
        { id: extension },
      );
      await this.caller.data('mutation ($input: InstallExtensionInput!) { installExtension(input: $input) { revision } }', {
        input: { extension, consented: previewInstall.consent.map(({ id }) => id) },
      });
      const installed = await eventually(
        () => this.installation(extension),
        ({ status }) => !['INSTALLING', 'DISABLED', 'ABSENT'].includes(status),
      );
      if (installed.status !== 'ENABLED') throw new Error(`${extension}: ${JSON.stringify(installed)}`);
    }
  }

  /** Another member of the tenant, with that role alone. */
  member(role: string, name = role): Promise<GraphqlCaller> {
    return memberOf(this.caller, role, name);
  }

  /** The admin with a token that carries those rights at most. */
  async narrowedToken(rights: readonly string[]): Promise<GraphqlCaller> {
    const { me } = await this.caller.data<{ me: { id: string } }>('{ me { id } }');
    return this.caller.as({ token: await tokenFor(this.caller, me.id, { rights }) });
  }

  async installation(extension: string): Promise<{ status: string; failure: { code: string; reason: string } | null }> {
    const answer = await this.caller.ask<{ extension: { status: string; failure: { code: string; reason: string } | null } }>(
      'query ($id: ID!) { extension(extension: $id) { status failure { code reason } } }',
      { id: extension },
    );
    return answer.data?.extension ?? { status: 'ABSENT', failure: null };
  }

  /** The same desk at a server that was started again. */
  at({ server }: ExtensionWorld): TenantDesk {
    return new TenantDesk(this.id, this.slug, this.caller.at(server.url));
  }

  ask(plugin: string, input: unknown, options: Readonly<Record<string, unknown>> = {}): Promise<GraphqlAnswer<{ callPlugin: PluginCall }>> {
    return this.caller.ask('mutation ($input: CallPluginInput!) { callPlugin(input: $input) { output extension fellBackFrom } }', {
      input: { plugin, input, ...options },
    });
  }

  /** The output of the plugin, or an error that carries every refusal. */
  async call<Output>(plugin: string, input: unknown, options: Readonly<Record<string, unknown>> = {}): Promise<Output> {
    const { data, errors, status } = await this.ask(plugin, input, options);
    if (data === null || errors.length > 0) throw new Error(`${plugin}: ${status} ${JSON.stringify(errors)}`);
    return data.callPlugin.output as Output;
  }

  /** The code of the refusal, or null when the plugin answered. */
  async refusal(plugin: string, input: unknown, options: Readonly<Record<string, unknown>> = {}): Promise<string | null> {
    return (await this.ask(plugin, input, options)).errors[0]?.extensions.code ?? null;
  }
}

export interface ExtensionWorld {
  readonly server: RunningServer;
  readonly operator: GraphqlCaller;
  tenant(slug: string): Promise<TenantDesk>;
  /** Ends the server by the signal and starts one on the same data; answers the exit code and how long the end took. */
  restart(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly milliseconds: number }>;
  stop(): Promise<void>;
}

/** `folders`: more folders whose sub-folders are packages; `more`: more settings of the server. */
export async function startExtensionWorld(
  folders: readonly string[] = [],
  more: Readonly<Record<string, string>> = {},
): Promise<ExtensionWorld> {
  const env = { KARI_EXTENSIONS_DIRS: [FIXTURES, ...folders].join(delimiter), KARI_LOG_LEVEL: 'info', ...more };
  let server = await startServer({ env });
  const operatorOf = (): GraphqlCaller => new GraphqlCaller(server.url, { token: server.adminToken, tenant: '_' });
  return {
    get server() {
      return server;
    },
    get operator() {
      return operatorOf();
    },
    restart: async (signal) => {
      const began = performance.now();
      const code = await server.stop(signal);
      const milliseconds = performance.now() - began;
      server = await startServer({ data: server.data, env });
      return { code, milliseconds };
    },
    tenant: (slug) => tenantAt(operatorOf(), slug),
    stop: () => server.remove(),
  };
}

/** A new tenant, as the operator of the platform makes it. */
export async function tenantAt(operator: GraphqlCaller, slug: string): Promise<TenantDesk> {
  const { createTenant } = await operator.data<{ createTenant: { id: string } }>(
    'mutation ($slug: String!) { createTenant(input: { slug: $slug, name: "A tenant" }) { id } }',
    { slug },
  );
  return new TenantDesk(createTenant.id, slug, await admin(operator.as({ tenant: slug })));
}

/** An admin who belongs to this tenant alone: nothing is proved by asking as the operator of the platform. */
function admin(there: GraphqlCaller): Promise<GraphqlCaller> {
  return memberOf(there, 'admin');
}

/** A new member with that role alone; `name` tells it from others of the same role. */
export async function memberOf(there: GraphqlCaller, role: string, name = role): Promise<GraphqlCaller> {
  const { addMember } = await there.data<{ addMember: { id: string } }>(
    'mutation ($input: AddMemberInput!) { addMember(input: $input) { id } }',
    { input: { email: `${role}-${name}@example.invalid`, name, roles: [role] } },
  );
  return there.as({ token: await tokenFor(there, addMember.id) });
}

async function tokenFor(there: GraphqlCaller, owner: string, more: { readonly rights?: readonly string[] } = {}): Promise<string> {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const { issueToken } = await there.data<{ issueToken: { value: string } }>(
    'mutation ($input: IssueTokenInput!) { issueToken(input: $input) { value } }',
    { input: { owner, ownerKind: 'MEMBER', name: 'suite', expiresAt, ...more } },
  );
  return issueToken.value;
}

export const fixtureFolder = (name: string): string => join(FIXTURES, name);

/** What a subscription has said so far. */
export interface Heard<T> {
  readonly items: readonly T[];
  readonly closed: () => boolean;
  until(satisfied: (items: readonly T[]) => boolean, withinMs?: number): Promise<readonly T[]>;
  dispose(): Promise<void>;
}

/** Resolves once the socket stands, or was refused. */
export async function listen<T>(caller: GraphqlCaller, query: string): Promise<Heard<T>> {
  const items: T[] = [];
  let ended = false;
  const socket: Client = caller.socket();
  await new Promise<void>((settled) => {
    const end = (): void => {
      ended = true;
      settled();
    };
    socket.on('connected', () => settled());
    socket.on('closed', end);
    socket.subscribe<Record<string, T>>(
      { query },
      { next: ({ data }) => data && items.push(...Object.values(data)), error: end, complete: end },
    );
  });
  return {
    items,
    closed: () => ended,
    until: (satisfied, withinMs) => eventually(() => Promise.resolve(items), satisfied, withinMs),
    dispose: async () => void (await socket.dispose()),
  };
}

/** Whether a process of this machine lives. */
export function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

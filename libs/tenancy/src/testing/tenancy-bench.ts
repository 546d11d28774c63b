// The whole context on a memory store, wired by hand: for specs that cross a bus, a fold and an adapter.
import { PLATFORM_TENANT, type AuditRecord, type EventStore, type RecordedEvent, type RequestContext } from '@kari/kernel';
import { manualClock, MemoryEventStore, type ManualClock } from '@kari/kernel/testing';
import { StoreCommandBus, systemPrincipal } from '@kari/platform/command-bus';
import type { SystemDatabase } from '@kari/platform/database';
import { Registry, type AnyCommandDefinition } from '@kari/platform/registry';
import type { Logger } from '@kari/platform/telemetry';
import { systemIds, systemRandom } from '@kari/platform/time';
import { AccessFolds } from '../access/access-folds.js';
import { noSessions, type SessionIssuer } from '../access/session-issuer.port.js';
import { TenancyAuthenticator } from '../access/tenancy-authenticator.adapter.js';
import type { Role } from '../access/access.rules.js';
import { commandDefinitions } from '../tenancy.definitions.js';
import { tenantIdOf } from '../tenants/tenant.commands.js';
import { TokenIssuing, type TokenWish } from '../tokens/token-issuing.js';
import { TokenUse } from '../tokens/token-use.js';

export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

export interface BenchOptions {
  readonly store?: EventStore;
  readonly clock?: ManualClock;
  readonly sessions?: SessionIssuer;
}

export function tenancyBench(options: BenchOptions = {}) {
  const clock = options.clock ?? manualClock();
  const store = options.store ?? new MemoryEventStore({ clock });
  const entries: AuditRecord[] = [];
  const audit = { record: (entry: AuditRecord) => Promise.resolve(void entries.push(entry)) };
  const folds = new AccessFolds(store);
  const commands = new Registry<AnyCommandDefinition>('command', ({ type }) => type);
  commands.add(...commandDefinitions);
  const bus = new StoreCommandBus(commands, store, audit, folds, clock, systemIds, clock);
  const database = { query: () => Promise.resolve([]) } as unknown as SystemDatabase;
  const use = new TokenUse(database, clock, silent);
  const authenticator = new TenancyAuthenticator(folds, use, options.sessions ?? noSessions, clock, clock);
  const issuing = new TokenIssuing(folds, bus, systemIds, systemRandom);
  const system = (tenant: string): RequestContext => ({ principal: systemPrincipal('test'), tenant, correlationId: 'c-test' });

  return {
    clock,
    store,
    entries,
    folds,
    bus,
    authenticator,
    issuing,
    system,
    /** Answers the tenant's id. */
    async tenant(slug: string): Promise<string> {
      await bus.send({ type: 'CreateTenant', data: { slug, name: slug } }, system(PLATFORM_TENANT));
      return tenantIdOf(slug);
    },
    /** Answers the member's id. */
    async member(tenant: string, name: string, ...roles: Role[]): Promise<string> {
      const member = systemIds.next();
      await bus.send({ type: 'AddMember', data: { member, email: `${name}@example.test`, name, roles } }, system(tenant));
      return member;
    },
    /** Answers the token's value. */
    async token(tenant: string, member: string, wish: Partial<TokenWish> = {}): Promise<string> {
      const expiresAt = new Date(clock.now() + 3_600_000).toISOString();
      const issued = await issuing.issue(
        { owner: { kind: 'member', id: member }, name: 'test', expiresAt, rights: null, ...wish },
        system(tenant),
      );
      return issued.value ?? '';
    },
    enter: (tenant: string | readonly string[], token: string | readonly string[], more: { commandId?: string } = {}) =>
      authenticator.authenticate({
        authorization: typeof token === 'string' ? [`Bearer ${token}`] : token,
        tenant: typeof tenant === 'string' ? [tenant] : tenant,
        correlationId: 'c-1',
        ...more,
      }),
    async log(): Promise<RecordedEvent[]> {
      const events = [];
      for await (const event of store.readAll()) events.push(event);
      return events;
    },
  };
}

/** The code of the refusal; anything else is thrown on. */
export async function codeOf(asked: Promise<unknown>): Promise<string> {
  const outcome = await asked.then(
    (answer: unknown) => ({ answer }),
    (error: unknown) => ({ error }),
  );
  if ('answer' in outcome)
    return `answered ${JSON.stringify(outcome.answer, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))}`;
  const { code } = outcome.error as { code?: string };
  if (code === undefined) throw outcome.error;
  return code;
}

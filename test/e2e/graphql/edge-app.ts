// A small server with the real edge and a few fields of its own: what the tests of the edge ask of.
import 'reflect-metadata';
import { Writable } from 'node:stream';
import type { AddressInfo } from 'node:net';
import { Global, Inject, Module } from '@nestjs/common';
import {
  Args,
  ArgsType,
  Field,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AUDIT, CLOCK, EVENT_STORE, IDS, RANDOM, rejected, streamId, TIMERS, Unavailable } from '@kari/kernel';
import type { AuditRecord, EventStore, NewEvent, RecordedEvent, RequestContext } from '@kari/kernel';
import { MemoryEventStore } from '@kari/kernel/testing';
import {
  Caller,
  ConnectionOf,
  GraphqlModule,
  LIVE_FEED,
  Operation,
  PageArgs,
  pageOf,
  pageRequest,
  SESSION_GUARD,
  type Connection,
  type GraphqlSettings,
  type LiveFeed,
  type SessionDoubt,
} from '@kari/platform/graphql';
import { AUTHENTICATOR, closeGracefully, configureHttp, HttpModule, type Authenticator, type Credentials } from '@kari/platform/http';
import { MemoryQuotaStore, Quotas, RATE_LIMITER, RateLimiter } from '@kari/platform/quotas';
import { createMetricsRegistry, nestLogger, LOGGER, REDACTOR, TelemetryModule, type Logger, type Redactor } from '@kari/platform/telemetry';
import { systemClock, systemIds, systemRandom, systemTimers } from '@kari/platform/time';

export const TENANT_A = '00000000-0000-7000-8000-00000000000a';
export const TENANT_B = '00000000-0000-7000-8000-00000000000b';
export const TOKENS = {
  reader: 'token-of-a-reader',
  operator: 'token-of-an-operator',
  nobody: 'token-of-nobody',
  other: 'token-in-tenant-b',
} as const;

/** What the tests can turn while the server runs. */
class World {
  readonly entries: AuditRecord[] = [];
  readonly lines: string[] = [];
  readonly revoked = new Set<string>();
  readonly suspended = new Set<string>();
  auditMode: 'well' | 'down' | 'slow' = 'well';
  authenticatorFails = false;
  private readonly doubts = new Set<(doubt: SessionDoubt) => void>();
  readonly store = new MemoryEventStore();
  ran = 0;
  private written = 0;

  readonly guard = {
    onDoubt: (listener: (doubt: SessionDoubt) => void) => {
      this.doubts.add(listener);
      return () => void this.doubts.delete(listener);
    },
  };

  /** Operations a second, which no test reaches unasked. */
  rates = { tenant: 1_000_000, token: 1_000_000, extension: 1_000_000 };
  readonly limiter = new RateLimiter({
    quotas: new Quotas({ store: new MemoryQuotaStore(systemClock), clock: systemClock, timers: systemTimers }),
    limits: { limitsOf: () => this.rates },
    defaults: this.rates,
    audit: { record: (entry) => this.audit.record(entry) },
    clock: systemClock,
    metrics: createMetricsRegistry(),
  });

  doubt(doubt: SessionDoubt): void {
    for (const listener of this.doubts) listener(doubt);
  }

  readonly audit = {
    record: async (entry: AuditRecord): Promise<void> => {
      if (this.auditMode === 'down') throw new Unavailable('no audit', true);
      if (this.auditMode === 'slow') await new Promise((resolve) => setTimeout(resolve, 5_000).unref());
      this.entries.push(entry);
    },
  };

  readonly authenticator: Authenticator = {
    authenticate: (credentials: Credentials): Promise<RequestContext> => {
      if (this.authenticatorFails) return Promise.reject(new Error(`no database at db.internal for ${credentials.authorization[0] ?? ''}`));
      return Promise.resolve().then(() => this.contextOf(credentials));
    },
  };

  async append(tenant: string, type: string, data: unknown, category = 'test.thing'): Promise<string> {
    this.written += 1;
    const event: NewEvent = {
      id: systemIds.next(),
      type,
      version: 1,
      data,
      meta: {
        tenant,
        actor: 'a',
        actorKind: 'user',
        commandId: systemIds.next(),
        commandType: 'T',
        correlationId: systemIds.next(),
        occurredAt: new Date().toISOString(),
      },
    };
    const [result] = await this.store.append([
      { stream: streamId(category, tenant, `s${this.written}`), expected: 'none', events: [event] },
    ]);
    if (result?.ok !== true) throw new Error('not appended');
    return result.position;
  }

  private contextOf(credentials: Credentials): RequestContext {
    const [authorization, ...others] = credentials.authorization;
    const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
    if (token === undefined || others.length > 0) throw rejected('REQUEST_UNAUTHENTICATED', { reason: 'there is not one bearer token' });
    if (!Object.values<string>(TOKENS).includes(token) || this.revoked.has(token))
      throw rejected('REQUEST_UNAUTHENTICATED', { reason: 'the token is not known' });
    const [tenant, ...more] = credentials.tenant;
    if (tenant === undefined || more.length > 0 || ![TENANT_A, TENANT_B, '_'].includes(tenant)) {
      throw rejected('REQUEST_TENANT_REQUIRED', { reason: 'there is not one tenant' });
    }
    if (this.suspended.has(tenant)) throw rejected('REQUEST_DENIED', { operation: 'The request', right: 'an active tenant' });
    const home = token === TOKENS.other ? TENANT_B : TENANT_A;
    const rights = (): string[] =>
      this.revoked.has(`rights of ${token}`)
        ? []
        : token === TOKENS.operator
          ? ['extension.read', 'extension.install', 'platform.read']
          : token === TOKENS.nobody
            ? []
            : ['extension.read'];
    return {
      principal: {
        id: `user-${token}`,
        kind: 'user',
        // Rights of the platform are held on the platform alone, as those of a tenant in it alone.
        may: (right, where) => rights().includes(right) && where === (right === 'platform.read' ? '_' : home),
      },
      tenant,
      correlationId: credentials.correlationId,
      ...(credentials.traceparent === undefined ? {} : { traceparent: credentials.traceparent }),
      ...(credentials.commandId === undefined ? {} : { commandId: credentials.commandId }),
    };
  }
}

const WORLD = Symbol('World');

@ObjectType()
class Thing {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  name!: string;
}

@ArgsType()
class ThingArgs extends PageArgs {
  @Field(() => String, { nullable: true })
  filter?: string;
}

@InputType()
class SecretInput {
  @Field(() => String)
  name!: string;
  @Field(() => String)
  value!: string;
}

@ObjectType()
class Ticked {
  @Field(() => String)
  position!: string;
  @Field(() => String)
  text!: string;
}

@Resolver(() => Thing)
class ThingResolver {
  constructor(
    @Inject(WORLD) private readonly world: World,
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(REDACTOR) private readonly redactor: Redactor,
  ) {}

  @Query(() => ConnectionOf(Thing))
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry' })
  things(@Args() args: ThingArgs, @Caller() caller: RequestContext): Connection<Thing> {
    const request = pageRequest('things', args, caller.tenant);
    const from = request.after === null ? 0 : Number(request.after[0]) + 1;
    const rows = Array.from({ length: 120 }, (_, index) => ({ id: String(index), name: `thing ${index}` })).slice(
      from,
      from + request.limit,
    );
    return pageOf(rows, request, (row) => [row.id]);
  }

  @Query(() => Thing)
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry', subject: (args: { id: string }) => `thing:${args.id}` })
  thing(@Args('id', { type: () => ID }) id: string): Thing {
    this.world.ran += 1;
    if (id === 'missing') throw rejected('REQUEST_NOT_FOUND', { thing: 'thing', id });
    if (id === 'boom') throw new Error('boom at /srv/secret/path with password=hunter2hunter2');
    return { id, name: 'a thing' };
  }

  @Query(() => String)
  @Operation({ right: 'platform.read', scope: 'platform', audit: 'entry' })
  state(): string {
    return 'well';
  }

  @Query(() => String)
  @Operation({ right: 'self.read', scope: 'tenant', audit: 'entry' })
  me(@Caller() caller: RequestContext): string {
    return `${caller.principal.id} ${caller.commandId ?? 'none'} ${caller.correlationId}`;
  }

  @Mutation(() => String)
  @Operation({ right: 'extension.install', scope: 'tenant', audit: 'entry' })
  touch(@Args('value', { type: () => Int }) value: number, @Caller() caller: RequestContext): string {
    this.world.ran += 1;
    return `${value} ${caller.commandId ?? 'none'}`;
  }

  @Mutation(() => String)
  @Operation({ right: 'self.read', scope: 'tenant', audit: 'entry' })
  keep(@Args('input', { type: () => SecretInput }) input: SecretInput): string {
    this.logger.info({ secret: input, nested: { deeper: [{ clientSecret: input.value }] } }, `keeping password=${input.value}`);
    // As every place that takes or decrypts a secret does; from here on not even a careless line shows it.
    this.redactor.learn(input.value);
    this.logger.info({ careless: input.value, list: [`x${input.value}x`] }, `careless ${input.value}`);
    this.logger.warn({ error: new Error(`could not keep ${input.value}`, { cause: { token: input.value } }) }, 'kept not');
    throw new Error(`duplicate key: (${input.name}, ${input.value})`);
  }

  @Mutation(() => String)
  @Operation({ right: 'extension.install', scope: 'tenant', audit: 'command' })
  command(): string {
    return 'sent';
  }

  @Subscription(() => Ticked, {
    resolve: (event: RecordedEvent) => ({ position: event.position, text: (event.data as { text: string }).text }),
  })
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry' })
  ticked(
    @Caller() caller: RequestContext,
    @Args('after', { type: () => String, nullable: true }) after?: string,
  ): AsyncIterable<RecordedEvent> {
    return this.feed.watch({ tenant: caller.tenant, types: ['Ticked'], after: after ?? null });
  }

  @ResolveField(() => Thing)
  parent(@Parent() thing: Thing): Thing {
    return { id: `${thing.id}'`, name: 'its parent' };
  }

  @ResolveField(() => [Thing])
  children(@Parent() thing: Thing): Thing[] {
    return [1, 2, 3].map((index) => ({ id: `${thing.id}.${index}`, name: 'a child' }));
  }
}

@Global()
@Module({})
class WorldModule {}

export interface EdgeApp {
  readonly url: string;
  readonly world: World;
  readonly app: NestExpressApplication;
  close(): Promise<void>;
}

export async function startEdge(settings: Partial<GraphqlSettings> = {}): Promise<EdgeApp> {
  const world = new World();
  const provided = (token: symbol, value: unknown) => ({ provide: token, useValue: value });
  const providers = [
    provided(WORLD, world),
    provided(CLOCK, systemClock),
    provided(TIMERS, systemTimers),
    provided(IDS, systemIds),
    provided(RANDOM, systemRandom),
    provided(EVENT_STORE, world.store satisfies EventStore),
    provided(AUDIT, world.audit),
    provided(AUTHENTICATOR, world.authenticator),
    provided(SESSION_GUARD, world.guard),
    provided(RATE_LIMITER, world.limiter),
  ];
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      world.lines.push(chunk.toString('utf8'));
      done();
    },
  });
  @Module({
    imports: [
      { module: WorldModule, providers, exports: providers.map(({ provide }) => provide) },
      TelemetryModule.register({
        useFactory: () => ({ log: { level: 'debug', destination }, tracing: { endpoint: null, service: 'kari', version: '0' } }),
      }),
      HttpModule.register({ useFactory: () => ({ metricsToken: 'a-token-for-the-scraper', version: '0.1.0', mode: 'development' }) }),
      GraphqlModule.register({ useFactory: () => ({ graphiql: true, allowedOrigins: ['https://panel.example.org'], ...settings }) }),
    ],
    providers: [ThingResolver],
  })
  class App {}
  const app = await NestFactory.create<NestExpressApplication>(App, { bodyParser: false, bufferLogs: true, abortOnError: false });
  app.useLogger(nestLogger(app.get<Logger>(LOGGER)));
  configureHttp(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, world, app, close: () => closeGracefully(app, 2_000) };
}

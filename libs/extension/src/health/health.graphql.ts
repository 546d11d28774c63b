// The health of an extension in the public schema.
import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { ExtensionHealth as Known } from './health.queries.js';
import type { HealthStatus } from './health.rules.js';

const HealthStatusEnum = {
  HEALTHY: 'healthy',
  DEGRADED: 'degraded',
  UNHEALTHY: 'unhealthy',
  UNKNOWN: 'unknown',
  OFF: 'off',
} as const;

registerEnumType(HealthStatusEnum, {
  name: 'ExtensionHealthStatus',
  description: 'OFF: not meant to run. UNKNOWN: it starts on first use and was not asked. DEGRADED: it runs, but not all of it can work.',
});

@ObjectType({ description: 'How well an extension is in a tenant, and why.' })
export class ExtensionHealth {
  @Field(() => ID)
  extension!: string;

  @Field(() => HealthStatusEnum)
  status!: HealthStatus;

  @Field(() => [String])
  reasons!: string[];

  @Field(() => String, { nullable: true, description: 'State of its sandbox on this server; null when it never had one here.' })
  sandbox!: string | null;

  @Field(() => String, { nullable: true, description: 'Why its sandbox is in that state.' })
  sandboxReason!: string | null;

  @Field(() => String, { nullable: true, description: 'Isolation level of its running process.' })
  level!: string | null;
}

export function healthInSchema({ extension, status, reasons, sandbox }: Known): ExtensionHealth {
  const { state = null, reason = null, level = null } = sandbox ?? {};
  return { extension, status, reasons: [...reasons], sandbox: state, sandboxReason: reason, level };
}

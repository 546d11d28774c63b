// Configuration in the public schema.
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { CommandOutcome, RecordedEvent } from '@kari/kernel';
import { Json } from '@kari/platform/graphql';
import type { ConfigurationState } from './configuration.decider.js';

const ConfigurationDifferenceKindEnum = { ADDED: 'ADDED', REMOVED: 'REMOVED', CHANGED: 'CHANGED' } as const;

@ObjectType()
export class ConfigurationProblem {
  @Field(() => String, { description: 'JSON pointer into the configuration.' })
  pointer!: string;

  @Field(() => String)
  reason!: string;
}

@ObjectType({ description: 'The settings of one extension in this tenant. Secret fields hold names of secrets.' })
export class Configuration {
  @Field(() => ID)
  extension!: string;

  @Field(() => String, { nullable: true, description: 'Version of the extension whose schema applies.' })
  version!: string | null;

  @Field(() => Json, { nullable: true, description: 'JSON Schema of the manifest.' })
  schema!: unknown;

  @Field(() => Json, { description: "The tenant's own values." })
  values!: unknown;

  @Field(() => Json, { description: 'Values set for every tenant, below its own.' })
  globalValues!: unknown;

  @Field(() => Json, { description: 'What the extension gets: defaults, then global values, then own values.' })
  effective!: unknown;

  @Field(() => [ConfigurationProblem], { description: 'Why the extension cannot work with it as it is; empty when all is well.' })
  problems!: readonly ConfigurationProblem[];

  @Field(() => Int, { description: 'Of the own values; -1 when none were ever set.' })
  revision!: number;
}

@ObjectType()
export class ConfigurationChange {
  @Field(() => Int)
  revision!: number;

  @Field(() => Json, { nullable: true, description: 'Null: the own values were cleared.' })
  values!: unknown;

  @Field(() => ID)
  changedBy!: string;

  @Field(() => Date)
  changedAt!: Date;

  @Field(() => String)
  position!: string;
}

registerEnumType(ConfigurationDifferenceKindEnum, { name: 'ConfigurationDifferenceKind' });

@ObjectType({ description: 'One setting that differs between two revisions of the own values.' })
export class ConfigurationDifference {
  @Field(() => String)
  name!: string;

  @Field(() => ConfigurationDifferenceKindEnum)
  kind!: 'ADDED' | 'REMOVED' | 'CHANGED';

  @Field(() => Json, { nullable: true, description: 'Null for what was added.' })
  before!: unknown;

  @Field(() => Json, { nullable: true, description: 'Null for what was removed.' })
  after!: unknown;
}

@ObjectType({ description: 'The own values right after a change.' })
export class ChangedConfiguration {
  @Field(() => ID)
  extension!: string;

  @Field(() => Json, { nullable: true })
  values!: unknown;

  @Field(() => String)
  revision!: string;

  @Field(() => String, { nullable: true, description: 'Where in the log the change stands; null when nothing changed.' })
  position!: string | null;
}

@InputType()
export class SetConfigurationInput {
  @Field(() => ID)
  extension!: string;

  @Field(() => Json, { description: "All of the tenant's own values; what is left out falls back." })
  values!: unknown;

  @Field(() => Int, { nullable: true, description: 'The revision you have seen: the change is refused when there is a newer one.' })
  expectedRevision?: number | null;
}

@InputType()
export class RevertConfigurationInput {
  @Field(() => ID)
  extension!: string;

  @Field(() => Int, { description: 'Revision of the change whose outcome is to apply again: its values, or none after a clearing.' })
  to!: number;

  @Field(() => Int, { nullable: true, description: 'The revision you have seen: the change is refused when there is a newer one.' })
  expectedRevision?: number | null;
}

export function changeOf({ revision, data, meta, position }: RecordedEvent): ConfigurationChange {
  const { values } = data as { values?: unknown };
  return { revision: Number(revision), values: values ?? null, changedBy: meta.actor, changedAt: new Date(meta.occurredAt), position };
}

export function changedConfiguration(
  extension: string,
  { state, revision, position }: CommandOutcome<ConfigurationState>,
): ChangedConfiguration {
  return { extension, values: state.values, revision: String(revision), position };
}

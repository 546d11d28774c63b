// Tables of extensions in the public schema. There is no field for a row.
import { Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';

const TableState = { SETTLED: 'settled', MIGRATING: 'migrating', PREPARED: 'prepared', ON_TRIAL: 'on-trial' } as const;
registerEnumType(TableState, {
  name: 'TableState',
  description:
    'SETTLED: as one version needs them. MIGRATING: steps are left. PREPARED: ready for a version that does not serve yet. ON_TRIAL: they serve the version on trial and the one before.',
});

@ObjectType({ description: 'A field of a table as the manifest declares it.' })
export class TableField {
  @Field(() => String)
  name!: string;

  @Field(() => String, { description: 'text, integer, number, boolean, date, timestamp, uuid, json or bytes.' })
  type!: string;

  @Field(() => Boolean)
  required!: boolean;

  @Field(() => String, { nullable: true, description: 'The collection whose rows it points to.' })
  references!: string | null;

  @Field(() => String, { description: 'Whether it is personal data: no, identifies or sensitive.' })
  personal!: string;

  @Field(() => Boolean, { description: 'Whether values are encrypted at rest.' })
  encrypted!: boolean;
}

@ObjectType({ description: 'An index of a table.' })
export class TableIndex {
  @Field(() => [String])
  fields!: readonly string[];

  @Field(() => Boolean)
  unique!: boolean;
}

@ObjectType({ description: 'One table of an extension in a tenant.' })
export class ExtensionTable {
  @Field(() => String, { description: 'The collection of the manifest.' })
  name!: string;

  @Field(() => String, { description: 'Who sees a row: `tenant`, or `user`: its owner alone.' })
  scope!: string;

  @Field(() => String, { nullable: true, description: 'The field that names the person a row is about.' })
  subject!: string | null;

  @Field(() => Float)
  rows!: number;

  @Field(() => Float)
  rowsQuota!: number;

  @Field(() => Float, { description: 'Of its rows as JSON, as they were last written.' })
  bytes!: number;

  @Field(() => [TableField])
  fields!: readonly TableField[];

  @Field(() => [TableIndex])
  indexes!: readonly TableIndex[];
}

@ObjectType({ description: 'One step that changed the tables.' })
export class TableStep {
  @Field(() => String, { description: 'The version of the extension it was done for.' })
  version!: string;

  @Field(() => String, { description: 'Names of the database: `t1`, `c2`.' })
  step!: string;

  @Field(() => Date)
  doneAt!: Date;
}

@ObjectType({ description: 'The tables of an extension in a tenant.' })
export class ExtensionTables {
  @Field(() => ID)
  extension!: string;

  @Field(() => Int, { description: 'Version of the newest layout that they serve.' })
  layoutVersion!: number;

  @Field(() => [String], { description: 'Versions of the extension that they serve now, the oldest first.' })
  serves!: readonly string[];

  @Field(() => String, { nullable: true, description: 'The version that is being installed or upgraded to.' })
  preparing!: string | null;

  @Field(() => TableState)
  state!: (typeof TableState)[keyof typeof TableState];

  @Field(() => Int, { description: 'Steps of a migration that are not done yet.' })
  stepsLeft!: number;

  @Field(() => Float)
  bytes!: number;

  @Field(() => Float, { description: 'Most bytes of all its tables together.' })
  bytesQuota!: number;

  @Field(() => Date)
  changedAt!: Date;

  @Field(() => [ExtensionTable])
  tables!: readonly ExtensionTable[];

  @Field(() => [TableStep], { description: 'The last 50, newest first.' })
  steps!: readonly TableStep[];
}

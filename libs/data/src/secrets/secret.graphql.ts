// Secrets in the public schema: names, hosts and fingerprints. There is no field for a value, and never will be.
import { ArgsType, Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { own, type CommandOutcome } from '@kari/kernel';
import { PageArgs } from '@kari/platform/graphql';
import type { SecretsState } from './secret.decider.js';

@ObjectType({
  description: 'A secret that an extension, or the workflows of the tenant, may use towards its hosts, without ever seeing it.',
})
export class Secret {
  @Field(() => ID, { description: 'Whose it is: an extension, or `workflows`.' })
  extension!: string;

  @Field(() => String)
  name!: string;

  @Field(() => [String], { description: 'Where it may be sent.' })
  hosts!: readonly string[];

  @Field(() => Int, { description: 'Rises with each change.' })
  version!: number;

  @Field(() => String, { description: 'Tells two values apart, never what they are.' })
  fingerprint!: string;

  @Field(() => Date)
  changedAt!: Date;

  @Field(() => ID)
  changedBy!: string;
}

@ObjectType({ description: 'A secret right after a change.' })
export class ChangedSecret {
  @Field(() => ID)
  extension!: string;

  @Field(() => String)
  name!: string;

  @Field(() => Boolean, { description: 'Whether it has a value now.' })
  set!: boolean;

  @Field(() => Int, { nullable: true })
  version!: number | null;

  @Field(() => [String])
  hosts!: readonly string[];

  @Field(() => String, { nullable: true })
  fingerprint!: string | null;

  @Field(() => String)
  revision!: string;

  @Field(() => String, { nullable: true, description: 'Where in the log the change stands; null when nothing changed.' })
  position!: string | null;
}

@InputType()
export class SetSecretInput {
  @Field(() => ID, { description: 'An extension, or `workflows` for the workflows of the tenant.' })
  extension!: string;

  @Field(() => String, { description: 'As the manifest declares it; for workflows any: `[a-z][a-z0-9_.-]{0,63}`.' })
  name!: string;

  @Field(() => String, { description: 'Sealed at once and never shown again: 1 byte to 16 KiB, no line breaks.' })
  value!: string;

  @Field(() => [String], {
    nullable: true,
    description:
      'Some of the hosts of the manifest. Default: all of them. For workflows: where it may be sent, 1 to 32; there is no default.',
  })
  hosts?: string[] | null;
}

@ArgsType()
export class SecretArgs extends PageArgs {
  @Field(() => ID, { nullable: true })
  extension?: string | null;

  @Field(() => String, { nullable: true, description: 'The position of a change that the answer must show.' })
  waitFor?: string | null;
}

export function changedSecret(extension: string, name: string, { state, revision, position }: CommandOutcome<SecretsState>): ChangedSecret {
  const held = own(state.held, name);
  return {
    extension,
    name,
    set: held !== undefined,
    version: held?.version ?? null,
    hosts: held?.hosts ?? [],
    fingerprint: held?.fingerprint ?? null,
    revision: String(revision),
    position,
  };
}

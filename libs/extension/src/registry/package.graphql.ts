// Packages, broken folders and what an install would ask for, in the public schema.
import { ArgsType, Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { PageArgs } from '@kari/platform/graphql';
import type { ScanReport as Report, TrustClass } from '../contract.js';
import { ResourceClassEnum } from '../lifecycle/extension.graphql.js';
import type { Obstacle as KnownObstacle } from '../lifecycle/extension.commands.js';
import type { InstallPreview as Preview } from '../planning/installation-plan.queries.js';
import type { BrokenPackageView } from './broken-package.view.js';
import type { PackageListing } from './package.queries.js';
import type { PackageView } from './package.view.js';

const PackageTrustEnum = { FIRST_PARTY: 'firstParty', DEVELOPMENT: 'development', THIRD_PARTY: 'thirdParty' } as const;
registerEnumType(PackageTrustEnum, {
  name: 'PackageTrust',
  description: 'How far a package is trusted; the weaker, the harder its sandbox must be.',
});

@ObjectType({ description: 'One registered version: exactly what would run.' })
export class PackageVersion {
  @Field(() => ID)
  version!: string;

  @Field(() => PackageTrustEnum)
  trust!: TrustClass;

  @Field(() => String, { description: 'Hex SHA-256 of the bundle.' })
  bundleHash!: string;

  @Field(() => String, { description: 'extension.json, as JSON.' })
  manifest!: string;

  @Field(() => String, { description: 'Where it was found.' })
  folder!: string;

  @Field(() => Date)
  registeredAt!: Date;

  @Field(() => Date, { nullable: true, description: 'When other bytes last took its place, on a development platform.' })
  replacedAt!: Date | null;
}

@ObjectType({ description: 'A package that can be installed.' })
export class ExtensionPackage {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String)
  description!: string;

  @Field(() => String)
  category!: string;

  @Field(() => String)
  license!: string;

  @Field(() => [PackageVersion], { description: 'Highest first.' })
  versions!: PackageVersion[];
}

@ObjectType({ description: 'One thing that is wrong with a package.' })
export class PackageError {
  @Field(() => String)
  code!: string;

  @Field(() => String)
  file!: string;

  @Field(() => String, { description: 'JSON pointer into extension.json.' })
  pointer!: string;

  @Field(() => Int, { nullable: true })
  line!: number | null;

  @Field(() => Int, { nullable: true })
  column!: number | null;

  @Field(() => String)
  reason!: string;

  @Field(() => String)
  fix!: string;
}

@ObjectType({ description: 'A folder that the last scan could not use.' })
export class BrokenPackage {
  @Field(() => ID)
  folder!: string;

  @Field(() => ID, { nullable: true, description: 'As far as it could be read.' })
  extension!: string | null;

  @Field(() => [PackageError])
  errors!: PackageError[];

  @Field(() => Date)
  since!: Date;

  @Field(() => Date)
  seenAt!: Date;
}

@ObjectType({ description: 'What a scan came to.' })
export class ScanReport {
  @Field(() => [String], { description: '`<extension>@<version>`.' })
  registered!: string[];

  @Field(() => Int)
  unchanged!: number;

  @Field(() => [String], { description: 'Folders; see `brokenPackages`.' })
  broken!: string[];

  @Field(() => Int)
  milliseconds!: number;
}

@ObjectType({ description: 'Something an install asks consent for.' })
export class ConsentRequest {
  @Field(() => ID, { description: 'What to send back as consent.' })
  id!: string;

  @Field(() => String, { description: "In the author's words." })
  reason!: string;

  @Field(() => String, { nullable: true })
  capability!: string | null;

  @Field(() => String, { nullable: true, description: 'What exactly it covers, as JSON.' })
  scope!: string | null;
}

@ObjectType({ description: 'Something in the way of an install, and what cures it.' })
export class InstallObstacle {
  @Field(() => String)
  kind!: string;

  @Field(() => ID)
  id!: string;

  @Field(() => String)
  needed!: string;

  @Field(() => String, { nullable: true })
  found!: string | null;

  @Field(() => String)
  cure!: string;
}

@ObjectType({ description: 'What an install would ask for and meet; nothing is changed.' })
export class InstallPreview {
  @Field(() => ID)
  extension!: string;

  @Field(() => String)
  version!: string;

  @Field(() => PackageTrustEnum)
  trust!: TrustClass;

  @Field(() => String, { nullable: true, description: 'The version that is installed already.' })
  installed!: string | null;

  @Field(() => ResourceClassEnum)
  resourceClass!: 'S' | 'M' | 'L';

  @Field(() => [ConsentRequest])
  consent!: ConsentRequest[];

  @Field(() => [InstallObstacle])
  obstacles!: InstallObstacle[];
}

@ArgsType()
export class PackagesArgs extends PageArgs {
  @Field(() => String, { nullable: true, description: 'Part of id, name or description.' })
  text?: string | null;

  @Field(() => String, { nullable: true })
  category?: string | null;

  @Field(() => String, { nullable: true, description: 'A position that the answer must have seen.' })
  waitFor?: string | null;
}

export function packageOf({ extension, versions }: PackageListing): ExtensionPackage {
  const { name = extension, description = '', category = '', license = '' } = versions[0] ?? {};
  return { id: extension, name, description, category, license, versions: versions.map(versionOf) };
}

function versionOf({ version, trust, bundleHash, manifest, folder, registeredAt, replacedAt }: PackageView): PackageVersion {
  return { version, trust, bundleHash, manifest: JSON.stringify(manifest), folder, registeredAt, replacedAt };
}

export function brokenPackageOf({ folder, extension, errors, since, seenAt }: BrokenPackageView): BrokenPackage {
  return { folder, extension, errors, since, seenAt };
}

export function scanReportOf({ registered, unchanged, broken, milliseconds }: Report): ScanReport {
  return { registered: [...registered], unchanged, broken: [...broken], milliseconds };
}

export function previewOf({ content, grants, resourceClass, consent, obstacles, installed }: Preview): InstallPreview {
  const { extension, version, trust } = content;
  const requests = consent.map(({ id, reason }): ConsentRequest => {
    const grant = grants.find((one) => one.id === id);
    return { id, reason, capability: grant?.capability ?? null, scope: grant === undefined ? null : JSON.stringify(grant.scope) };
  });
  return { extension, version, trust, installed, resourceClass, consent: requests, obstacles: obstacles.map(obstacleOf) };
}

function obstacleOf({ kind, id, needed, found, cure }: KnownObstacle): InstallObstacle {
  return { kind, id, needed, found, cure };
}

// Brings what lies in the extension folders into the log: new versions are registered, broken folders listed, mended ones taken off the list.
import { Inject, Injectable } from '@nestjs/common';
import {
  canonicalJson,
  CLOCK,
  COMMAND_BUS,
  derivedId,
  IDS,
  PLATFORM_TENANT,
  rejected,
  Rejection,
  type Clock,
  type CommandBus,
  type CommandOutcome,
  type Ids,
  type RequestContext,
} from '@kari/kernel';
import { BLOBS, type Blobs } from '@kari/platform/blob';
import { systemPrincipal } from '@kari/platform/command-bus';
import { LOGGER, type Logger } from '@kari/platform/telemetry';
import type { ScanReport } from '../contract.js';
import { Slots } from '../installation/slots.js';
import type { PackageCommand } from '../package/package.commands.js';
import { EXTENSION_SETTINGS, type ExtensionSettings } from '../settings.js';
import { InstallationSnapshot } from '../snapshot/installation-snapshot.js';
import { scanDirectories, type Finding, type ScannerParts } from './directory-scanner.adapter.js';
import type { FolderCommand } from './folder.commands.js';
import { problemsOf } from './problems.rules.js';
import { firstPartyList, toolchainHash } from './release.adapter.js';

type Found = Extract<Finding, { kind: 'package' }>;
type Broken = Extract<Finding, { kind: 'broken' }>;
type Outcome = 'registered' | 'unchanged' | Broken;

const AT_ONCE = 32;

@Injectable()
export class Discovery {
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(BLOBS) private readonly blobs: Blobs,
    @Inject(InstallationSnapshot) private readonly snapshot: InstallationSnapshot,
    @Inject(EXTENSION_SETTINGS) private readonly settings: ExtensionSettings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** One scan at a time; a scan asked for during another looks again after it. Throws only what concerns no single package. */
  scan(caller?: RequestContext): Promise<ScanReport> {
    const scanning = this.running.then(() => this.scanOnce(caller ?? this.itself()));
    this.running = scanning.catch(() => undefined);
    return scanning;
  }

  private async scanOnce(caller: RequestContext): Promise<ScanReport> {
    const began = this.clock.monotonic();
    await this.snapshot.caughtUp();
    const findings = await scanDirectories(this.settings.directories, this.snapshot.packages(), await this.parts());
    const broken: Broken[] = findings.filter((finding) => finding.kind === 'broken');
    const unjudged = findings.filter((finding) => finding.kind === 'unjudged');
    for (const { folder, reason } of unjudged) this.logger.error({ folder, reason }, 'a package could not be looked at');
    const packages = apart(findings.filter((one) => one.kind === 'package'));
    broken.push(...packages.filter((one) => one.kind === 'broken'));
    const found = packages.filter((one) => one.kind === 'package');
    const outcomes = await this.registerAll(found, caller);
    broken.push(...outcomes.filter((outcome) => typeof outcome === 'object'));
    const registered = found.filter((_, index) => outcomes[index] === 'registered').map(nameOf);
    const unchanged = outcomes.filter((outcome) => outcome === 'unchanged').length;
    await this.list(broken, caller);
    await this.unlist(findings, broken, caller);
    const milliseconds = Math.round(this.clock.monotonic() - began);
    const report = { registered, unchanged, broken: broken.map(({ folder }) => folder), milliseconds };
    this.logger.info(report, 'looked for packages');
    return report;
  }

  /** Side by side, so that they share commits; versions of one extension share a stream and take turns. */
  private async registerAll(found: readonly Found[], caller: RequestContext): Promise<readonly Outcome[]> {
    const slots = new Slots(AT_ONCE);
    const never = new AbortController().signal;
    const turns = new Map<string, Promise<unknown>>();
    return Promise.all(
      found.map((one) => {
        const { extension } = one.content;
        const turn = (turns.get(extension) ?? Promise.resolve()).then(() => slots.hold(never, () => this.register(one, caller)));
        turns.set(extension, turn);
        return turn;
      }),
    );
  }

  private async register({ content, folder, source }: Found, caller: RequestContext): Promise<Outcome> {
    const known = this.snapshot.packages().find(content.extension, content.version);
    // Most packages are as they were: no command, no entry in the trail.
    if (known !== null && canonicalJson(known) === canonicalJson(content)) return 'unchanged';
    const mayReplace = this.settings.developmentFolders && source === 'source';
    try {
      const { changed } = await this.send({ type: 'RegisterPackageVersion', data: { ...content, mayReplace } }, folder, caller);
      return changed && known?.bundleHash !== content.bundleHash ? 'registered' : 'unchanged';
    } catch (error) {
      if (!(error instanceof Rejection) || !error.code.startsWith('EXTENSION_')) throw error;
      return { kind: 'broken', folder, extension: content.extension, errors: problemsOf(error) };
    }
  }

  private async list(broken: readonly Broken[], caller: RequestContext): Promise<void> {
    const listed = this.snapshot.rejectedFolders();
    for (const { folder, extension, errors } of broken) {
      const before = listed.get(folder);
      if (before !== undefined && canonicalJson(before.errors) === canonicalJson(errors)) continue;
      const [first] = errors;
      this.logger.warn({ folder, errors: errors.length, line: first?.line ?? null }, `${folder} cannot be used: ${first?.reason ?? ''}`);
      await this.send({ type: 'RejectPackage', data: { folder, extension, errors } }, folder, caller);
    }
  }

  private async unlist(findings: readonly Finding[], broken: readonly Broken[], caller: RequestContext): Promise<void> {
    const stillBroken = new Set(broken.map(({ folder }) => folder));
    const seen = new Set(findings.map(({ folder }) => folder));
    const unjudged = new Set(findings.filter(({ kind }) => kind === 'unjudged').map(({ folder }) => folder));
    for (const folder of this.snapshot.rejectedFolders().keys()) {
      if (stillBroken.has(folder) || unjudged.has(folder)) continue;
      await this.send({ type: 'ClearPackageRejection', data: { folder, because: seen.has(folder) ? 'fixed' : 'gone' } }, folder, caller);
    }
  }

  private async send(command: PackageCommand | FolderCommand, folder: string, caller: RequestContext): Promise<CommandOutcome> {
    // One request leads to many commands: the key that makes its retry safe is told apart by what each is about.
    const { commandId, ...rest } = caller;
    const own = commandId === undefined ? {} : { commandId: derivedId(commandId, command.type, folder) };
    const outcome = await this.bus.send(command, { ...rest, ...own, tenant: PLATFORM_TENANT });
    if (outcome.position !== null) await this.snapshot.reached(outcome.position);
    return outcome;
  }

  private async parts(): Promise<ScannerParts> {
    const { developmentFolders } = this.settings;
    return { blobs: this.blobs, platform: { firstParty: await firstPartyList(), developmentFolders }, toolchain: await toolchainHash() };
  }

  private itself(): RequestContext {
    return { principal: systemPrincipal('extension.discovery'), tenant: PLATFORM_TENANT, correlationId: this.ids.next() };
  }
}

const nameOf = ({ content }: Found): string => `${content.extension}@${content.version}`;

/** The same version in two folders is one package when its content is the same, else the second folder is at fault. */
function apart(found: readonly Found[]): readonly (Found | Broken)[] {
  const first = new Map<string, Found>();
  return found.flatMap((finding): (Found | Broken)[] => {
    const { extension, version, bundleHash } = finding.content;
    const other = first.get(`${extension}@${version}`);
    if (other === undefined) {
      first.set(`${extension}@${version}`, finding);
      return [finding];
    }
    if (other.content.bundleHash === bundleHash) return [];
    const refusal = rejected('EXTENSION_ID_TWICE', { extension, version, folder: finding.folder, other: other.folder });
    return [{ kind: 'broken', folder: finding.folder, extension, errors: problemsOf(refusal) }];
  });
}

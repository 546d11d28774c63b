// The configuration an extension gets: folded from the log at each question, so that what was stored is what is read.
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE, PLATFORM_TENANT, rejected, streamId, type EventStore, type RecordedEvent, type StreamId } from '@kari/kernel';
import type { Configurations } from '@kari/data/contract';
import { INSTALLATIONS, type Installations } from '@kari/extension/contract';
import { withDefaults, type ValueProblem } from '@kari/package';
import { StreamFolds } from '@kari/platform/command-bus';
import type { Manifest } from '@kari/protocol/manifest';
import { SecretHandles } from '../secrets/secret-handles.js';
import { configurationDecider, type ConfigurationState } from './configuration.decider.js';
import type { ConfigurationEvent } from './configuration.events.js';
import { configurationProblems } from './configuration-judge.js';
import {
  differencesBetween,
  layered,
  replaceSecrets,
  secretFields,
  type ConfigurationDifference,
  type Values,
} from './configuration.rules.js';

export interface ConfigurationView {
  readonly extension: string;
  readonly version: string | null;
  readonly schema: unknown;
  /** The tenant's own. */
  readonly values: Values;
  readonly globalValues: Values;
  /** With defaults; secret fields hold the names of secrets. */
  readonly effective: Values;
  readonly problems: readonly ValueProblem[];
  readonly revision: number;
}

const CATEGORY = 'data.config';
type Listener = (tenant: string, extension: string) => void;

@Injectable()
export class FoldedConfigurations implements Configurations {
  private readonly folds: StreamFolds<ConfigurationEvent, ConfigurationState>;
  private readonly listeners = new Set<Listener>();
  private readonly globals = new Map<string, Values | null>();

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(INSTALLATIONS) private readonly installations: Installations,
    @Inject(SecretHandles) private readonly handles: SecretHandles,
  ) {
    this.folds = new StreamFolds(
      store,
      configurationDecider(() => undefined),
    );
  }

  async effective(tenant: string, extension: string, judged?: Manifest): Promise<Values> {
    const manifest = judged ?? this.installations.find(tenant, extension)?.version.manifest;
    if (manifest?.config === undefined) return {};
    const [own, shared] = await this.layers(tenant, extension);
    const values = complete(manifest, layered(shared.values, own.values));
    if (secretFields(manifest.config, values).length === 0) return values;
    const handleOf = await this.handles.maker(tenant, extension);
    return replaceSecrets(manifest.config, values, handleOf) as Values;
  }

  async view(tenant: string, extension: string): Promise<ConfigurationView> {
    const manifest = tenant === PLATFORM_TENANT ? undefined : this.installations.find(tenant, extension)?.version.manifest;
    const [own, shared] = await this.layers(tenant, extension);
    const values = layered(shared.values, own.values);
    return {
      extension,
      version: manifest?.version ?? null,
      schema: manifest?.config ?? null,
      values: own.values ?? {},
      globalValues: shared.values ?? {},
      effective: manifest === undefined ? values : complete(manifest, values),
      problems: manifest === undefined ? [] : configurationProblems(manifest, values),
      revision: own.revision,
    };
  }

  /** Every change of the tenant's own values, newest first. */
  async history(tenant: string, extension: string, limit: number): Promise<readonly RecordedEvent[]> {
    const changes: RecordedEvent[] = [];
    for await (const event of this.store.readStream(configurationStream(tenant, extension), { direction: 'backwards', limit }))
      changes.push(event);
    return changes;
  }

  /** What was set right after that change, `null` when nothing was; absent when there never was such a change. */
  async at(tenant: string, extension: string, revision: number): Promise<{ readonly values: Values | null } | undefined> {
    if (revision < 0) return undefined;
    const from = BigInt(revision);
    for await (const event of this.store.readStream(configurationStream(tenant, extension), { from, to: from, limit: 1 }))
      return { values: (event.data as { values?: Values }).values ?? null };
    return undefined;
  }

  async difference(tenant: string, extension: string, from: number, to: number): Promise<readonly ConfigurationDifference[]> {
    const [before, after] = await Promise.all([this.known(tenant, extension, from), this.known(tenant, extension, to)]);
    return differencesBetween(before, after);
  }

  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Global values as of the changes seen so far; see `changed`. */
  globalValues(extension: string): Values | null {
    return this.globals.get(extension) ?? null;
  }

  /** Fed with every change in the log, from its start. */
  changed(event: RecordedEvent): void {
    const { extension, values } = event.data as { extension: string; values?: Values };
    const { tenant } = event.meta;
    if (tenant === PLATFORM_TENANT) this.globals.set(extension, values ?? null);
    for (const listener of this.listeners) listener(tenant, extension);
  }

  private async known(tenant: string, extension: string, revision: number): Promise<Values | null> {
    if (revision === -1) return null;
    const found = await this.at(tenant, extension, revision);
    if (found !== undefined) return found.values;
    const newest = (await this.folds.read(configurationStream(tenant, extension))).state.revision;
    throw rejected('DATA_CONFIG_NO_REVISION', { extension, revision, newest });
  }

  private async layers(tenant: string, extension: string): Promise<readonly [ConfigurationState, ConfigurationState]> {
    const own = await this.folds.read(configurationStream(tenant, extension));
    if (tenant === PLATFORM_TENANT) return [own.state, { values: null, revision: -1 }];
    const shared = await this.folds.read(configurationStream(PLATFORM_TENANT, extension));
    return [own.state, shared.state];
  }
}

export function configurationStream(tenant: string, extension: string): StreamId {
  return streamId(CATEGORY, tenant, extension);
}

function complete(manifest: Manifest, values: Values): Values {
  return (manifest.config === undefined ? values : (withDefaults(manifest.config, values) ?? {})) as Values;
}

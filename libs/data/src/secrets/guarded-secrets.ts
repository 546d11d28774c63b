// Sets secrets, and reveals one for a request that is about to leave: only what is granted, only towards bound hosts, always on record.
import { Inject, Injectable } from '@nestjs/common';
import {
  AUDIT,
  COMMAND_BUS,
  derivedId,
  EVENT_STORE,
  IDS,
  own,
  rejected,
  streamId,
  type Audit,
  type CommandBus,
  type CommandOutcome,
  type EventStore,
  type Ids,
  type RequestContext,
  type StreamId,
} from '@kari/kernel';
import { WORKFLOWS, type Secrets } from '@kari/data/contract';
import { INSTALLATIONS, type Installations } from '@kari/extension/contract';
import { StreamFolds } from '@kari/platform/command-bus';
import { secretPlace } from './secret.commands.js';
import { secretDecider, type HeldSecret, type SecretsState } from './secret.decider.js';
import type { SecretEvent } from './secret.events.js';
import { isBoundTo, valueProblem } from './secret.rules.js';
import { SecretHandles } from './secret-handles.js';
import { SecretVault, type SecretPlace } from './secret-vault.js';

type Use = Parameters<Secrets['reveal']>[0];

@Injectable()
export class GuardedSecrets implements Secrets {
  private readonly folds: StreamFolds<SecretEvent, SecretsState>;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(INSTALLATIONS) private readonly installations: Installations,
    @Inject(AUDIT) private readonly audit: Audit,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(SecretVault) private readonly vault: SecretVault,
    @Inject(SecretHandles) private readonly handles: SecretHandles,
  ) {
    this.folds = new StreamFolds(
      store,
      secretDecider(() => null),
    );
  }

  /** Sets or replaces a value and its hosts; null hosts: those of the manifest. A secret of workflows names its hosts. */
  set(
    place: Omit<SecretPlace, 'tenant'>,
    value: string,
    hosts: readonly string[] | null,
    caller: RequestContext,
  ): Promise<CommandOutcome<SecretsState>> {
    const bound = hosts ?? declaredHosts(this.installations, caller.tenant, place.extension, place.name);
    return this.seal(place, value, caller, (sealed) => ({ type: 'SetSecret', data: { ...place, ...sealed, hosts: [...bound] } }));
  }

  /** Replaces a value and keeps its hosts. */
  rotate(place: Omit<SecretPlace, 'tenant'>, value: string, caller: RequestContext): Promise<CommandOutcome<SecretsState>> {
    return this.seal(place, value, caller, (sealed) => ({ type: 'RotateSecret', data: { ...place, ...sealed } }));
  }

  async delete(place: Omit<SecretPlace, 'tenant'>, caller: RequestContext): Promise<CommandOutcome<SecretsState>> {
    const before = await this.rowOf(caller.tenant, place);
    const outcome = await this.bus.send<SecretsState>({ type: 'DeleteSecret', data: { ...place } }, caller);
    await this.tidy({ ...place, tenant: caller.tenant }, outcome, [before]);
    return outcome;
  }

  async held(tenant: string, extension: string): Promise<SecretsState['held']> {
    return (await this.folds.read(secretStream(tenant, extension))).state.held;
  }

  /** The handle of a secret that is granted and has a value. */
  async handle(tenant: string, extension: string, name: string): Promise<string> {
    if ((await this.heldAs(tenant, extension, name)) === undefined) throw rejected('DATA_SECRET_NOT_SET', { extension, name });
    return (await this.handles.maker(tenant, extension))(name);
  }

  async reveal(use: Use): Promise<string> {
    const name = await this.handles.nameOf(use.tenant, use.extension, use.handle);
    const held = name === null ? undefined : await this.heldAs(use.tenant, use.extension, name);
    const refusal = name === null ? 'the handle was not made for it' : this.refusalOf(use, name, held);
    const value = refusal !== null || held === undefined || name === null ? null : await this.openCurrent({ ...use, name }, held);
    const why = refusal ?? (value === null ? 'it has no value' : null);
    await this.record(use, name, why);
    if (why !== null || value === null) {
      throw rejected('DATA_SECRET_DENIED', { name: name ?? 'of somebody else', extension: use.extension, host: use.host, reason: why });
    }
    return value;
  }

  private refusalOf(use: Use, name: string, held: HeldSecret | undefined): string | null {
    if (use.extension === WORKFLOWS) {
      if (held === undefined) return 'it has no value';
      return isBoundTo(held.hosts, use.host) ? null : 'it is not bound to that host';
    }
    const installation = this.installations.find(use.tenant, use.extension);
    if (installation === null) return 'the extension is not installed';
    const grant = installation.grants.find(
      ({ capability, state, scope }) => capability === 'secrets' && state === 'granted' && scope['name'] === name,
    );
    if (grant === undefined) return 'it is not granted';
    if (held === undefined) return 'it has no value';
    const granted = (grant.scope['hosts'] as readonly string[] | undefined) ?? [];
    return isBoundTo(granted, use.host) && isBoundTo(held.hosts, use.host) ? null : 'it is not bound to that host';
  }

  private async openCurrent(place: SecretPlace, held: HeldSecret): Promise<string | null> {
    const value = await this.vault.open(held.sealed, place);
    if (value !== null) return value;
    // Replaced between the two reads: the newer one counts, bound to whatever it is bound to now.
    const current = await this.heldAs(place.tenant, place.extension, place.name);
    return current === undefined || current.hosts.join() !== held.hosts.join() ? null : this.vault.open(current.sealed, place);
  }

  private async record(use: Use, name: string | null, why: string | null): Promise<void> {
    await this.audit.record({
      tenant: use.tenant,
      ...(use.extension === WORKFLOWS
        ? { actor: 'system:workflow.engine', actorKind: 'system' as const }
        : { actor: use.extension, actorKind: 'extension' as const }),
      operation: 'secrets.reveal',
      outcome: why === null ? 'allowed' : 'denied',
      subject: name === null ? null : `secret-of:${use.extension}~${name.slice(0, 64)}`,
      ...(why === null ? {} : { code: 'DATA_SECRET_DENIED' }),
      facts: { host: use.host, ...(use.run === undefined ? {} : { run: use.run }), ...(why === null ? {} : { reason: why }) },
      correlationId: use.correlationId,
    });
  }

  private async seal(
    place: Omit<SecretPlace, 'tenant'>,
    value: string,
    caller: RequestContext,
    command: (sealed: { sealed: string; fingerprint: string }) => { type: string; data: unknown },
  ): Promise<CommandOutcome<SecretsState>> {
    const problem = valueProblem(value);
    if (problem !== null) throw rejected('DATA_SECRET_VALUE_INVALID', { name: place.name, reason: problem });
    const whole = { ...place, tenant: caller.tenant };
    const id = caller.commandId === undefined ? this.ids.next() : derivedId(caller.commandId, 'sealed');
    const fingerprint = (await this.vault.sign(caller.tenant, `${place.extension}\u0000${place.name}\u0000${value}`)).slice(0, 16);
    // Sealed first: an event that names a row without a value would be a secret lost. Who may not set one, or names none, seals nothing.
    const permitted = caller.principal.may('secret.manage', caller.tenant) && secretPlace.safeParse(place).success;
    const before = await this.rowOf(caller.tenant, place);
    if (permitted) await this.vault.put(id, whole, value);
    try {
      const outcome = await this.bus.send<SecretsState>(command({ sealed: id, fingerprint }), caller);
      await this.tidy(whole, outcome, [before, id]);
      return outcome;
    } catch (error) {
      // Unless the store's answer is unknown, nothing refers to the row.
      const unknown = (error as { code?: unknown }).code === 'REQUEST_UNAVAILABLE';
      if (permitted && !unknown && (await this.rowOf(caller.tenant, place)) !== id) await this.vault.remove(id, whole);
      throw error;
    }
  }

  /** Removes the rows among these that are not in use any more. */
  private async tidy(place: SecretPlace, { state }: CommandOutcome<SecretsState>, rows: readonly (string | null)[]): Promise<void> {
    const current = own(state.held, place.name)?.sealed ?? null;
    for (const row of rows) if (row !== null && row !== current) await this.vault.remove(row, place);
    await this.vault.sweep(place, current);
  }

  private async rowOf(tenant: string, { extension, name }: Omit<SecretPlace, 'tenant'>): Promise<string | null> {
    return (await this.heldAs(tenant, extension, name))?.sealed ?? null;
  }

  private async heldAs(tenant: string, extension: string, name: string): Promise<HeldSecret | undefined> {
    return own(await this.held(tenant, extension), name);
  }
}

export function secretStream(tenant: string, extension: string): StreamId {
  return streamId('data.secret', tenant, extension);
}

function declaredHosts(installations: Installations, tenant: string, extension: string, name: string): readonly string[] {
  if (extension === WORKFLOWS) return [];
  const secrets = installations.find(tenant, extension)?.version.manifest.permissions?.secrets ?? [];
  // A name that is not declared is refused by the decider, with the right words: any host gets it there.
  return secrets.find((secret) => secret.name === name)?.hosts ?? ['undeclared.invalid'];
}

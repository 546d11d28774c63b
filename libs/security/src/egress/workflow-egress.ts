// Calls of workflows on their way out: the tenant's own to the hosts that it opened, those of an extension to what it was granted.
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE, rejected, type EventStore } from '@kari/kernel';
import { WORKFLOWS } from '@kari/data/contract';
import { INSTALLATIONS, type Installations } from '@kari/extension/contract';
import { StreamFolds } from '@kari/platform/command-bus';
import type { OutgoingAnswer, OutgoingCall, OutgoingCalls } from '../contract.js';
import { Egress, hostOf } from './egress.js';
import { LARGEST_BODY } from './exchange.js';
import { headerProblem } from './header.rules.js';
import { judgeTarget, METHODS, parseTarget, shownTarget, type HttpScope } from './target.rules.js';
import { scopesOf, workflowHostDecider, workflowHostStream, type WorkflowHosts } from './workflow-host.decider.js';
import type { WorkflowHostEvent } from './workflow-host.events.js';

@Injectable()
export class WorkflowEgress implements OutgoingCalls {
  private readonly hosts: StreamFolds<WorkflowHostEvent, WorkflowHosts>;

  constructor(
    @Inject(Egress) private readonly egress: Egress,
    @Inject(INSTALLATIONS) private readonly installations: Installations,
    @Inject(EVENT_STORE) store: EventStore,
  ) {
    this.hosts = new StreamFolds(store, workflowHostDecider);
  }

  /** As the log has them now. */
  async openHosts(tenant: string): Promise<WorkflowHosts> {
    return (await this.hosts.read(workflowHostStream(tenant))).state;
  }

  async send(call: OutgoingCall): Promise<OutgoingAnswer> {
    const { tenant, owner, correlationId, signal, url, method, headers, body, timeoutMs, follow, conceal, protocol } = call;
    if (!(METHODS as readonly string[]).includes(method)) {
      throw rejected('SECURITY_EGRESS_URL_INVALID', { reason: `the method is none of ${METHODS.join(', ')}` });
    }
    if (body !== null && body.length > LARGEST_BODY)
      throw rejected('SECURITY_EGRESS_TOO_LARGE', { host: hostOf(url), part: 'request', limit: LARGEST_BODY });
    const problem = headerProblem(headers);
    if (problem !== null) throw rejected('SECURITY_EGRESS_HEADER_REFUSED', { ...problem });
    const scopes = owner === null ? await this.openedTo(tenant, url, method) : this.grantedTo(tenant, owner);
    const caller = { tenant, extension: owner ?? WORKFLOWS, correlationId, deadlineMs: timeoutMs, signal, scopes: scopes as never };
    return this.egress.fetch(caller, {
      url,
      method,
      headers,
      body,
      timeoutMs,
      idleMs: timeoutMs,
      follow,
      ...(protocol === undefined ? {} : { protocol }),
      ...(conceal === undefined ? {} : { conceal }),
    });
  }

  async isOpen({ tenant, owner, url, method }: Parameters<OutgoingCalls['isOpen']>[0]): Promise<boolean> {
    const parsed = parseTarget(url);
    const scopes = owner === null ? scopesOf(await this.openHosts(tenant)) : this.grantedTo(tenant, owner);
    return parsed.ok && judgeTarget(scopes, parsed.target, method).allowed;
  }

  private async openedTo(tenant: string, url: string, method: string): Promise<readonly HttpScope[]> {
    const scopes = scopesOf(await this.openHosts(tenant));
    const parsed = parseTarget(url);
    if (!parsed.ok) throw rejected('SECURITY_EGRESS_URL_INVALID', { reason: parsed.why });
    if (judgeTarget(scopes, parsed.target, method).allowed) return scopes;
    throw rejected('SECURITY_WORKFLOW_HOST_CLOSED', { target: shownTarget(parsed.target), method });
  }

  private grantedTo(tenant: string, extension: string): readonly HttpScope[] {
    const installation = this.installations.find(tenant, extension);
    if (installation?.status !== 'enabled') return [];
    return installation.grants
      .filter(({ capability, state }) => capability === 'http' && state === 'granted')
      .map(({ scope }) => scope as unknown as HttpScope);
  }
}

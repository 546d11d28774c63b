import { describe, expect, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import { judgeTarget, parseTarget, type Target } from './target.rules.js';
import type { WorkflowHostCommand } from './workflow-host.commands.js';
import { scopesOf, workflowHostDecider, type WorkflowHosts } from './workflow-host.decider.js';
import type { WorkflowHostEvent } from './workflow-host.events.js';

const { given } = specify(workflowHostDecider);
const data = { host: 'api.example', scheme: 'https', port: null, methods: null, reason: 'orders' } as const;
const open = (more: Partial<Extract<WorkflowHostCommand, { type: 'OpenWorkflowHost' }>['data']> = {}): WorkflowHostCommand => ({
  type: 'OpenWorkflowHost',
  data: { ...data, ...more },
});
const opened = (more: object = {}): WorkflowHostEvent => ({ type: 'WorkflowHostOpened', data: { ...data, port: 443, ...more } });
const close = (more: object = {}): WorkflowHostCommand => ({
  type: 'CloseWorkflowHost',
  data: { host: 'API.example', scheme: 'https', port: 443, ...more },
});
const closed: WorkflowHostEvent = { type: 'WorkflowHostClosed', data: { host: 'api.example', scheme: 'https', port: 443 } };

describe('hosts of workflows', () => {
  it('are opened once, by their normalised name and the port of their scheme', () => {
    given([])
      .when(open({ host: 'API.Example' }))
      .then([opened()]);
    given([opened()]).when(open()).thenNothing();
    given([opened()])
      .when(open({ port: 443 }))
      .thenNothing();
    given([opened()])
      .when(open({ methods: ['GET'] }))
      .then([opened({ methods: ['GET'] })]);
    given([opened()])
      .when(open({ scheme: 'http' }))
      .then([opened({ scheme: 'http', port: 80 })]);
  });

  it('are closed, and only if open by that scheme and port', () => {
    given([opened()]).when(close()).then([closed]);
    given([opened(), closed]).when(close()).thenRejected('SECURITY_WORKFLOW_HOST_NOT_OPEN');
    given([opened()])
      .when(close({ port: 8443 }))
      .thenRejected('SECURITY_WORKFLOW_HOST_NOT_OPEN');
  });

  it.each(['', 'a b', 'a/b', 'user@a', 'a:80', 'https://a', '*'])('refuse %j as a host', (host) => {
    if (host === '*') return expect(judged(workflowHostDecider.evolve({}, opened({ host })), 'https://api.example/')).toBe(false);
    given([]).when(open({ host })).thenRejected('SECURITY_WORKFLOW_HOST_INVALID');
  });

  it('are at most two hundred', () => {
    const many = Array.from({ length: 200 }, (_, index) => opened({ host: `h${index}.example` }));
    given(many).when(open()).thenRejected('SECURITY_WORKFLOW_HOSTS_FULL');
    given(many)
      .when(open({ host: 'h7.example', reason: 'other' }))
      .then([opened({ host: 'h7.example', reason: 'other' })]);
  });

  it('permit their own origin and methods alone', () => {
    const hosts = [opened({ methods: ['GET'] }), opened({ host: '::1', scheme: 'http', port: 8080 })].reduce(
      workflowHostDecider.evolve,
      workflowHostDecider.initialState,
    );
    expect(judged(hosts, 'https://api.example/x')).toBe(true);
    expect(judged(hosts, 'https://api.example/x', 'POST')).toBe(false);
    expect(judged(hosts, 'http://[::1]:8080/', 'POST')).toBe(true);
    for (const url of ['http://api.example/', 'https://api.example:444/', 'https://sub.api.example/', 'https://api.example.evil.example/'])
      expect(judged(hosts, url)).toBe(false);
  });
});

function judged(hosts: WorkflowHosts, url: string, method = 'GET'): boolean {
  const { target } = parseTarget(url) as { target: Target };
  return judgeTarget(scopesOf(hosts), target, method).allowed;
}

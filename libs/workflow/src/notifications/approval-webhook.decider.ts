// Decides where a tenant is told of approvals: one address, or none.
import { rejected, streamId, type Decider, type StreamId } from '@kari/kernel';
import type { ApprovalWebhookCommand } from './notification.commands.js';
import { WEBHOOK_CATEGORY, type ApprovalWebhookEvent } from './notification.events.js';

export interface ApprovalWebhook {
  readonly url: string;
  readonly secret: string;
}

export function webhookStream(tenant: string): StreamId {
  return streamId(WEBHOOK_CATEGORY, tenant, 'all');
}

export const approvalWebhookDecider: Decider<ApprovalWebhookCommand, ApprovalWebhookEvent, ApprovalWebhook | null> = {
  decide(command, state) {
    switch (command.type) {
      case 'SetApprovalWebhook': {
        const { url, secret } = command.data;
        const problem = urlProblem(url);
        if (problem !== null) throw rejected('WORKFLOW_WEBHOOK_INVALID', { reason: problem });
        return state?.url === url && state.secret === secret ? [] : [{ type: 'ApprovalWebhookSet', data: { url, secret } }];
      }
      case 'ClearApprovalWebhook':
        return state === null ? [] : [{ type: 'ApprovalWebhookCleared', data: {} }];
    }
  },
  evolve: (_state, event) => (event.type === 'ApprovalWebhookSet' ? event.data : null),
  initialState: null,
};

/** Null when it can be kept. Whether its host is open is asked at each delivery. */
function urlProblem(text: string): string | null {
  if (!URL.canParse(text)) return 'it is no address';
  const { protocol, username, password, hash } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return 'its scheme is neither https nor http';
  if (username !== '' || password !== '') return 'it holds a name or a password, which would be kept in the log';
  return hash === '' ? null : 'it has a fragment, which is never sent';
}

// Operations of the platform itself that a workflow calls as it calls a plugin.
import type { PluginContract } from '@kari/protocol/manifest';

const text = (maxLength: number, description: string) => ({ type: 'string', maxLength, description }) as const;

/** Intent → contract. No extension may answer for one of these. */
export const platformOperations: Readonly<Record<string, PluginContract>> = {
  'approval.request': {
    version: '1.0.0',
    description: 'Waits until a person of the tenant has said yes or no.',
    effect: 'write',
    idempotent: true,
    input: {
      type: 'object',
      properties: {
        title: { ...text(200, 'What is to be approved.'), minLength: 1 },
        text: text(4_000, 'What the approver should know.'),
      },
      required: ['title'],
    },
    output: {
      type: 'object',
      properties: { approved: { type: 'boolean' }, by: { type: 'string' }, comment: { type: ['string', 'null'] } },
      required: ['approved'],
    },
  },
};

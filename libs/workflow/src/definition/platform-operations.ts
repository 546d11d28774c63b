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
        title: { ...text(500, 'What is to be approved.'), minLength: 1 },
        details: { description: 'What the approver should know, shown as it is.' },
        right: text(100, 'A right that the approver must hold besides `approval.decide`.'),
        rights: { type: 'array', items: { type: 'string' }, maxItems: 20, description: 'One of these is needed; instead of `right`.' },
        expires: { description: 'A duration, `PT1H` or `{ hours: 1 }`; then it fails with an error of type timeout. Default: never.' },
      },
      required: ['title'],
      additionalProperties: false,
    },
    output: {
      type: 'object',
      properties: { approved: { type: 'boolean' }, by: { type: 'string' }, comment: { type: ['string', 'null'] } },
      required: ['approved', 'comment', 'by'],
      additionalProperties: false,
    },
  },
};

// What may be wished about an API token.
import { streamId, type Command, type StreamId } from '@kari/kernel';
import { z } from 'zod';
import { anyRight } from '../access/access.rules.js';

export const issueToken = z.strictObject({
  token: z.uuid(),
  /** `standing` is what the owner's own stream said when the wish was made: the token's stream cannot know it. */
  owner: z.strictObject({ kind: z.enum(['member', 'service-account']), id: z.uuid(), standing: z.enum(['active', 'missing']) }),
  name: z.string().trim().min(1).max(120),
  /** Hex SHA-256 of the secret; the secret itself never travels in a command. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  expiresAt: z.iso.datetime(),
  /** Null: everything its owner may do. Otherwise at most these. */
  rights: z.array(anyRight).min(1).max(100).readonly().nullable(),
});
export const revokeToken = z.strictObject({ token: z.uuid() });

export type TokenCommand = Command<'IssueToken', z.infer<typeof issueToken>> | Command<'RevokeToken', z.infer<typeof revokeToken>>;

export function tokenStream(tenant: string, token: string): StreamId {
  return streamId('tenancy.token', tenant, token);
}

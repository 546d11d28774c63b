// Wishes about secrets. The value itself never travels in a command: it was sealed in its row before, under the id named here.
import type { Command } from '@kari/kernel';
import { z } from 'zod';
import { WORKFLOWS } from '../contract.js';
import { extensionId } from '../configuration/configuration.commands.js';

export const secretName = z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/, 'a secret is named like api_key');

const common = { extension: extensionId.or(z.literal(WORKFLOWS)), name: secretName };
const sealed = {
  /** Row that holds the sealed value. */
  sealed: z.uuid(),
  /** HMAC of the value under the tenant's own key: tells whether it changed, never what it is. */
  fingerprint: z.string().regex(/^[0-9a-f]{16}$/),
};

export const setSecret = z.strictObject({ ...common, ...sealed, hosts: z.array(z.string().min(1).max(260)).min(1).max(32) });
export const rotateSecret = z.strictObject({ ...common, ...sealed });
export const secretPlace = z.strictObject(common);
export const deleteSecret = z.strictObject(common);

export type SecretCommand =
  | Command<'SetSecret', z.infer<typeof setSecret>>
  | Command<'RotateSecret', z.infer<typeof rotateSecret>>
  | Command<'DeleteSecret', z.infer<typeof deleteSecret>>;

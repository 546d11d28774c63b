// What an extension holds instead of a secret: a name that is signed for it alone, worth nothing in another's hands.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SecretVault } from './secret-vault.js';

const PREFIX = 'secret:';
const HANDLE = /^secret:([a-z][a-z0-9_.-]{0,63}):([0-9a-f]{32})$/;

@Injectable()
export class SecretHandles {
  constructor(@Inject(SecretVault) private readonly vault: SecretVault) {}

  /** Makes handles of one extension in one tenant. */
  async maker(tenant: string, extension: string): Promise<(name: string) => string> {
    const key = await this.vault.keyOf(tenant);
    return (name) => `${PREFIX}${name}:${signature(key, extension, name)}`;
  }

  /** The name behind a handle, or a bare name as the manifest declares it; null when the handle was made for somebody else. */
  async nameOf(tenant: string, extension: string, handle: string): Promise<string | null> {
    if (!handle.startsWith(PREFIX)) return handle;
    const [, name, signed] = HANDLE.exec(handle) ?? [];
    if (name === undefined || signed === undefined) return null;
    const expected = signature(await this.vault.keyOf(tenant), extension, name);
    return timingSafeEqual(Buffer.from(signed), Buffer.from(expected)) ? name : null;
  }
}

function signature(key: Buffer, extension: string, name: string): string {
  return createHmac('sha256', key).update(`handle\u0000${extension}\u0000${name}`).digest('hex').slice(0, 32);
}

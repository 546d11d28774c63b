// http.request: the broker judges every destination; here its refusals become errors of the contract.
import { KariError, PluginError, definePlugin } from '@kari/sdk';
import type { CoreTypes } from './extension.types.js';

export const request = definePlugin<CoreTypes, 'http.request'>(
  async ({ url, method = 'GET', headers = {}, timeoutMs = 5_000 }, { http }) => {
    try {
      const answer = await http.fetch(url, { method, headers, timeoutMs });
      const text = answer.text();
      return { status: answer.status, ok: answer.ok, headers: answer.headers, text, json: parsed(text) };
    } catch (error) {
      if (!(error instanceof KariError)) throw error;
      const { host } = new URL(url);
      if (error.code === 'DENIED')
        throw new PluginError('HOST_NOT_ALLOWED', `Requests to ${host} are not allowed: ${error.message}`, { host });
      if (error.code === 'UNAVAILABLE' || error.code === 'DEADLINE')
        throw new PluginError('HOST_UNREACHABLE', `${host} cannot be reached: ${error.message}`);
      throw error;
    }
  },
);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

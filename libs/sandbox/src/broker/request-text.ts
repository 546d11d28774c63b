// The parameters of a broker call as a person types them, for "why denied".
import { rejected } from '@kari/kernel';

/** Throws `Rejection` REQUEST_INVALID. */
export function parsedRequest(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw rejected('REQUEST_INVALID', { operation: 'whyDenied', reason: '"request" is not JSON' });
  }
}

// For which hosts a secret may leave: the ones it is bound to, spelled as a URL spells them.

/** Whether a bound host covers the one a request goes to. A binding without a port covers every port of that host. */
export function isBoundTo(bound: readonly string[], host: string): boolean {
  const target = parsed(host);
  return target !== null && bound.some((one) => covers(one, target));
}

/** The first host that the declared ones do not cover; null when all are covered. */
export function undeclaredHost(declared: readonly string[], hosts: readonly string[]): string | null {
  return hosts.find((host) => parsed(host) === null || !isBoundTo(declared, host)) ?? null;
}

/** Why a value cannot be kept; null when it can. What is sent in a header must fit into one. */
export function valueProblem(value: string): string | null {
  if (value.length === 0) return 'it is empty';
  if (value.length > 16 * 1024) return 'it is longer than 16 KiB';
  return /[\u0000-\u001f\u007f]|\p{Surrogate}/u.test(value) ? 'it holds a line break or control character' : null;
}

interface Place {
  readonly name: string;
  /** Empty: the scheme's own. */
  readonly port: string;
}

function covers(bound: string, target: Place): boolean {
  const place = parsed(bound);
  return place !== null && place.name === target.name && (place.port === '' || place.port === target.port);
}

function parsed(host: string): Place | null {
  if (/[/?#@\\\s]/.test(host)) return null;
  try {
    // A scheme without a default port keeps `:443` apart from no port at all only where it matters: both mean https's own.
    const url = new URL(`https://${host}`);
    return url.hostname === '' || url.pathname !== '/' ? null : { name: url.hostname, port: url.port };
  } catch {
    return null;
  }
}

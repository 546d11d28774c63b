// Whether a page that calls is one of this server's own.

/** By host and port, as the browser sends both; behind a proxy the scheme is not known here. */
export function isOwnPage(origin: string, hosts: readonly string[]): boolean {
  const [host, ...more] = hosts;
  if (host === undefined || more.length > 0 || !/^https?:\/\/[^/]+$/i.test(origin) || !URL.canParse(origin)) return false;
  return new URL(origin).host === host.toLowerCase();
}

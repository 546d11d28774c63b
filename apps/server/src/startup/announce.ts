// The last lines of a start: where, as what, how safe, and where the token lies. The token itself is never printed to a log.
export interface Announcement {
  readonly url: string;
  readonly mode: string;
  readonly database: string;
  readonly roles: readonly string[];
  /** With its reason, in one line. */
  readonly level: string;
  readonly safeBoot: boolean;
  readonly extensions: { readonly registered: number; readonly broken: readonly string[]; readonly running: readonly string[] };
  /** Null: the first operator was removed by another one. */
  readonly adminTokenFile: string | null;
  readonly milliseconds: number;
}

export function announcementOf(given: Announcement): string {
  const { extensions } = given;
  const lines = [
    ['api', `${given.url}/graphql`],
    ...(given.mode === 'development'
      ? [['try it', `${given.url}/graphiql   with the headers Authorization: Bearer <token> and Kari-Tenant: demo`]]
      : []),
    ['health', `${given.url}/health/ready`],
    [
      'token',
      given.adminTokenFile === null
        ? 'ask another operator for one'
        : `${given.adminTokenFile}   (platform operator; readable by you alone)`,
    ],
    ['mode', given.mode === 'development' ? 'development: source folders may run; set KARI_MODE=production to serve others' : given.mode],
    ['roles', given.roles.join(', ')],
    ['data', given.database],
    ['sandbox', given.level],
    ['extensions', given.safeBoot ? 'safe boot: none is started' : extensionsLine(extensions)],
    ...extensions.broken.map((label) => ['broken', `${label}: see the query brokenPackages`]),
  ];
  const body = lines.map(([label, text]) => `  ${(label ?? '').padEnd(11)}${text ?? ''}`).join('\n');
  return `Kari is ready after ${(given.milliseconds / 1000).toFixed(1)} s\n${body}\n`;
}

function extensionsLine({ registered, running }: Announcement['extensions']): string {
  return `${registered} found; enabled for the tenant demo: ${running.length === 0 ? 'none' : running.join(', ')}`;
}

// What the HTTP edge must be told; the app makes it from the configuration.
export const HTTP_SETTINGS = Symbol('HttpSettings');

export interface HttpSettings {
  /** Largest request body in bytes. Default 1 MiB. */
  readonly bodyLimitBytes?: number;
  /** A scraper's token for `/metrics`; null: only callers with `platform.read`. */
  readonly metricsToken: string | null;
  /** Shown on the root page. */
  readonly version: string;
  readonly mode: 'development' | 'production';
}

/** Routes that leave no audit entry, by name: they answer nothing of any tenant. */
export const unauditedRoutes = [
  'GET /',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  'GET /graphiql',
  'GET /graphiql/*',
  'GET /ext/docs',
  'GET /ext/docs/*',
] as const;

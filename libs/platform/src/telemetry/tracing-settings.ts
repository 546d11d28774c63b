// Where spans go and whose they are. In a file of its own: the SDK's side, loaded only when needed, knows it too.
export interface TracingSettings {
  /** Base address of an OTLP/HTTP collector (`http://127.0.0.1:4318`); null: no export. */
  readonly endpoint: string | null;
  readonly service: string;
  readonly version: string;
}

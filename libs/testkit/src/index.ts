// The test host that authors of extensions use.
export { ContractViolation } from './contracts.js';
export type { TestSource } from './load-source.js';
export type { HttpStub, PluginStub, PublishedEvent, RecordedCall, StubRequest, StubResponse } from './memory-broker.js';
export type { TestRequest, TestResponse } from './routes.js';
export { TestClock } from './test-clock.js';
export {
  testHost,
  TestHost,
  type InvokeOptions,
  type LogLine,
  type Sample,
  type TaskOptions,
  type TaskOutcome,
  type TestHostOptions,
} from './test-host.js';

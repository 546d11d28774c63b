// What the sandbox host saw, handed to whoever counts or keeps it. Never throws and never waits: the host calls it in the middle of its work.
import type { Logger } from '@kari/platform/telemetry';
import type { SandboxObserver } from '@kari/sandbox/contract';
import type { LogWriter } from './logs/log-writer.js';
import type { ExtensionSeries } from './series/extension-series.js';
import type { UsageMeter } from './usage/usage-meter.js';

export function extensionObserver(meter: UsageMeter, logs: LogWriter, series: ExtensionSeries, logger: Logger): SandboxObserver {
  const quietly = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      logger.error({ error }, 'what a sandbox did could not be counted');
    }
  };
  return {
    called: (call) =>
      quietly(() => {
        meter.called(call);
        series.called(call);
      }),
    consumed: (use) =>
      quietly(() => {
        meter.consumed(use);
        series.consumed(use);
      }),
    logged: (line) => quietly(() => logs.take(line)),
    measured: (sample) => quietly(() => series.measured(sample)),
  };
}

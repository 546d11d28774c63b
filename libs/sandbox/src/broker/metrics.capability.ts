// `metrics.record`: one sample of the extension's own metric. Open to all; names and labels are few and short, because each combination is a
// series that the platform keeps.
import { z } from 'zod';
import type { Capability, CapabilityOperation, SandboxObserver } from '../contract.js';

/** Series an extension may have in one tenant, and labels of one sample. */
export const metricLimits = { series: 200, labels: 5 } as const;

const name = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/);
const request = z.strictObject({
  name,
  value: z.number(),
  labels: z
    .record(name, z.string().max(100))
    .refine((labels) => Object.keys(labels).length <= metricLimits.labels, `more than ${metricLimits.labels} labels`)
    .optional(),
});

export function metricsCapability(observer: SandboxObserver): Capability {
  const series = new Map<string, Set<string>>();
  const record: CapabilityOperation<z.infer<typeof request>, null> = {
    name: 'record',
    schema: request,
    audit: 'denials',
    allows: () => ({ allowed: true }),
    perform: ({ tenant, extension, version }, { name: metric, value, labels = {} }) => {
      const known = series.get(`${tenant}~${extension}`) ?? new Set<string>();
      series.set(`${tenant}~${extension}`, known);
      const id = JSON.stringify([metric, Object.entries(labels).sort()]);
      // Beyond the cap new series are dropped, known ones go on: a runaway label must not blind the rest.
      if (known.has(id) || known.size < metricLimits.series) {
        known.add(id);
        observer.measured({ tenant, extension, version, name: metric, value, labels });
      }
      return Promise.resolve(null);
    },
  };
  return { name: 'metrics', openToAll: true, operations: [record] };
}

// Published names of the metrics context.
export const metricsEvents = { usageMeasured: 'ExtensionUsageMeasured' } as const;

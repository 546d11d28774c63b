// Published names of the metrics context; what it takes in is the sandbox context's `SandboxObserver`.
export const metricsEvents = { usageMeasured: 'ExtensionUsageMeasured' } as const;

// Published names of the security context.
export const securityEvents = { privateHostOpened: 'PrivateHostOpened', privateHostClosed: 'PrivateHostClosed' } as const;

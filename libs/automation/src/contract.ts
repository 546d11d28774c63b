// Published names of the automation context: what extensions publish travels as this one event type of the store.
export const automationEvents = { extensionEventPublished: 'ExtensionEventPublished' } as const;

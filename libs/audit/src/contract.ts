// Published names of the audit context; the recording port itself is the kernel's `Audit`.
export const auditEvents = { entryRecorded: 'AuditEntryRecorded' } as const;

// Two releases of one small catalogue: the images were written by the first, and have to be read by the second.
import type { EventDefinition, Upcaster } from '@kari/kernel';
import { z } from 'zod';

export const firstRelease: readonly EventDefinition[] = [
  { type: 'NoteTaken', version: 1, schema: z.strictObject({ note: z.string(), text: z.string() }) },
  {
    type: 'PersonMet',
    version: 1,
    schema: z.strictObject({ person: z.string(), mail: z.string() }),
    personal: ['mail'],
    subject: 'person',
  },
  { type: 'NoteDropped', version: 1, schema: z.strictObject({ note: z.string() }) },
];

export const thisRelease: readonly EventDefinition[] = [
  { type: 'NoteTaken', version: 2, schema: z.strictObject({ note: z.string(), text: z.string(), tags: z.array(z.string()) }) },
  {
    type: 'PersonMet',
    version: 3,
    schema: z.strictObject({ person: z.string(), email: z.string().nullable(), place: z.string() }),
    personal: ['email'],
    subject: 'person',
  },
  { type: 'NoteDropped', version: 1, schema: z.strictObject({ note: z.string() }) },
];

type Body = Readonly<Record<string, unknown>>;

export const upcasters: readonly Upcaster[] = [
  { type: 'NoteTaken', from: 1, upcast: (data) => ({ ...(data as Body), tags: [] }) },
  {
    type: 'PersonMet',
    from: 1,
    upcast: (data) => {
      const { mail, ...rest } = data as Body;
      return { ...rest, email: mail };
    },
  },
  { type: 'PersonMet', from: 2, upcast: (data) => ({ ...(data as Body), place: 'unknown' }) },
];

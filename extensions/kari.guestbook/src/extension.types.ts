// Made from extension.json by "npm run codegen": change it there.
import type { ExtensionTypes } from '@kari/sdk';

export interface GuestbookTypes extends ExtensionTypes {
  config: Readonly<Record<string, never>>;
  plugins: Record<never, never>;
  routes: {
    /** Lists entries, a page at a time. */
    list: {
      params: Record<never, never>;
      query: {
        /** How many. Default: 20. */
        readonly limit?: number;
        /** The `next` of the page before. */
        readonly after?: string;
      };
      body: undefined;
      response: {
        readonly entries: ReadonlyArray<{
          readonly id: string;
          readonly text: string;
        }>;
        /** Null on the last page. */
        readonly next: string | null;
      };
    };
    /** Reads one entry. */
    read: {
      params: {
        readonly id: string;
      };
      query: Record<never, never>;
      body: undefined;
      response: {
        readonly id: string;
        readonly text: string;
      };
    };
    /** Signs the guestbook. */
    sign: {
      params: Record<never, never>;
      query: Record<never, never>;
      body: {
        readonly text: string;
      };
      response: {
        readonly id: string;
      };
    };
    /** The first hundred entries as CSV. */
    export: { params: Record<never, never>; query: Record<never, never>; body: undefined; response: string };
    /** Says whether the guestbook is open. */
    open: {
      params: Record<never, never>;
      query: Record<never, never>;
      body: undefined;
      response: {
        readonly open: boolean;
      };
    };
  };
  publishes: Record<never, never>;
  subscribes: never;
  tasks: Record<never, never>;
  uses: never;
  secrets: never;
  metrics: never;
}

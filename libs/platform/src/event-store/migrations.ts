// What the log needs in the database, in the order in which it came to need it. An applied migration is never edited.
import type { MigrationSet } from '@kari/platform/registry';
import { appendBatch } from './migrations/append-batch.js';
import { appendGroup } from './migrations/append-group.js';
import { forget } from './migrations/forget.js';
import { read } from './migrations/read.js';
import { tables } from './migrations/tables.js';

export const eventStoreMigrations: MigrationSet = {
  context: 'log',
  migrations: [
    { name: '0001-tables', sql: tables },
    { name: '0002-append-batch', sql: appendBatch },
    { name: '0003-forget', sql: forget },
    { name: '0004-read', sql: read },
    { name: '0005-append-group', sql: appendGroup },
  ],
};

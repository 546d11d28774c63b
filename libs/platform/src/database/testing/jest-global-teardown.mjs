// Ends the database of this run of the tests, if any spec asked for one.
import { endTestServer } from './end-test-server.mjs';

export default async function tearDown() {
  const folder = process.env.JEST_DATABASE_FOLDER;
  if (folder !== undefined) await endTestServer(folder);
}

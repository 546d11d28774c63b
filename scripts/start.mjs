// `npm start`: builds when the sources have changed, then runs the server in this process.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Kari needs Node 20.19 or newer; this is ${process.versions.node}. Install a newer Node and run npm start again.`);
  process.exit(1);
}
const { build } = await import('./build.mjs');
await build();
await import('../dist/apps/server/src/main.js');

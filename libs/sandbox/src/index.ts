// The door for the server.
export { SandboxModule } from './sandbox.module.js';

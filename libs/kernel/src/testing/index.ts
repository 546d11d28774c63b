// What specs of pure code need; never reached by a release build.
export * from './given-when-then.js';

// The code that tries to get out, loaded exactly as an extension is. Text, because it runs in the engine and not here.

/** Handlers: `plugin:self.probe` tries everything once; `plugin:self.fill` allocates until it is ended. */
export const probeBundle = `
const attempt = async (work) => {
  try { await work(); return { done: true, error: '' }; }
  catch (error) { return { done: false, error: String(error && error.message || error).slice(0, 200) }; }
};
export async function start() {
  return {
    handlers: ['plugin:self.probe', 'plugin:self.fill'],
    async invoke(handler, target) {
      if (handler === 'plugin:self.fill') {
        const held = [];
        for (let index = 0; index < target.mebibytes; index += 1) held.push(new Uint8Array(1048576).fill(index + 1));
        return held.length;
      }
      return {
        read: await attempt(async () => { if ((await Deno.readTextFile(target.file)) !== target.content) throw new Error('other content'); }),
        write: await attempt(() => Deno.writeTextFile(target.written, 'x')),
        connect: await attempt(async () => { (await Deno.connect({ hostname: '127.0.0.1', port: target.port })).close(); }),
        spawn: await attempt(async () => {
          const { success } = await new Deno.Command('/bin/sh', { args: ['-c', 'exit 0'] }).output();
          if (!success) throw new Error('it failed');
        }),
        env: await attempt(async () => { if (Deno.env.get(target.variable) !== target.content) throw new Error('not set'); }),
        import: await attempt(() => import(target.module)),
      };
    },
  };
}
`;

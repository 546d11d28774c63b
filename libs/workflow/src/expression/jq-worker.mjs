// Real jq, compiled to WebAssembly, alone in a thread: it is given texts and gives texts. Whoever started the thread watches the time.
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

const PAGE = 65_536;
const grow = WebAssembly.Memory.prototype.grow;
// The engine's own memory is not counted by the limits of a thread.
WebAssembly.Memory.prototype.grow = function (pages) {
  if (this.buffer.byteLength + pages * PAGE > workerData.memoryBytes) throw new RangeError('the memory of jq is full');
  return grow.call(this, pages);
};
for (const method of ['log', 'warn', 'error', 'info', 'debug']) console[method] = () => undefined;

const jq = await createRequire(import.meta.url)(workerData.jq);

parentPort.on('message', ({ program, input, outputBytes }) => parentPort.postMessage(answer(program, input, outputBytes)));
parentPort.postMessage({ ready: true });

function answer(program, input, outputBytes) {
  try {
    const output = jq.raw(input, program, ['-c']) ?? '';
    if (output.length > outputBytes) return { fault: 'output-size', reason: `the result has more than ${outputBytes} characters` };
    return { output };
  } catch (error) {
    const told = String(error?.stderr ?? '');
    if (error?.exitCode === 5) return { fault: 'runtime', reason: told };
    if (error?.exitCode === 3) return { fault: 'syntax', reason: told };
    // The engine fell over: it must not be asked again.
    return { fault: 'memory', reason: 'it needs more memory, or deeper recursion, than it may have', broken: true };
  }
}

// A writing server in whose process something takes every file descriptor there is: from one SIGUSR2 to the next.
import { closeSync, openSync, writeSync } from 'node:fs';

const held: number[] = [];
let hoarding: NodeJS.Timeout | null = null;

function takeAll(): void {
  try {
    for (;;) held.push(openSync('/dev/null', 'r'));
  } catch {
    // None left.
  }
}

process.on('SIGUSR2', () => {
  if (hoarding === null) {
    takeAll();
    // What a broken connection gives back is taken, too.
    hoarding = setInterval(takeAll, 5);
    writeSync(1, 'hoarding\n');
    return;
  }
  clearInterval(hoarding);
  hoarding = null;
  held.splice(0).forEach((descriptor) => closeSync(descriptor));
  writeSync(1, 'released\n');
});
await import('./appender.js');

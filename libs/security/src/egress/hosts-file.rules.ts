// Names that this machine knows by itself: the lines of its hosts file.

/** Addresses of a name, in the file's order; empty when it is not there. */
export function addressesIn(hostsFile: string, host: string): readonly string[] {
  const name = host.toLowerCase();
  return hostsFile.split(/\r?\n/).flatMap((line) => {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    return address !== undefined && names.some((one) => one.toLowerCase() === name) ? [address] : [];
  });
}

// In which order many are taken up: tenants take turns, so that the few of one need not wait for the many of another.

/** Keeps the order within a tenant. */
export function inTurns<T extends { readonly tenant: string }>(all: readonly T[]): readonly T[] {
  const lines = new Map<string, T[]>();
  for (const one of all) {
    const line = lines.get(one.tenant);
    if (line === undefined) lines.set(one.tenant, [one]);
    else line.push(one);
  }
  const order: T[] = [];
  for (let place = 0; order.length < all.length; place += 1) {
    for (const line of lines.values()) {
      const one = line[place];
      if (one !== undefined) order.push(one);
    }
  }
  return order;
}

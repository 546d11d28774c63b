// The addresses of this server that a newcomer may open; whoever serves one adds it.
import { Registry } from '@kari/platform/registry';

export const ADDRESSES = Symbol('Registry<Address>');

export interface Address {
  /** `/graphiql`. */
  readonly path: string;
  readonly meaning: string;
}

export function createAddresses(): Registry<Address> {
  const addresses = new Registry<Address>('address', (address) => address.path);
  addresses.add(
    { path: '/health/ready', meaning: 'whether the platform can serve, check by check' },
    { path: '/metrics', meaning: 'figures for Prometheus (needs a token)' },
  );
  return addresses;
}

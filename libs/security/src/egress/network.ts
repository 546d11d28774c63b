// The two doors to the network, as seams: asking for addresses, and opening a connection to one judged address.
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export const EGRESS_RESOLVER = Symbol('EgressResolver');
export const EGRESS_CONNECTOR = Symbol('EgressConnector');

export interface EgressResolver {
  /** Every A and AAAA record, asked for once per hop. Throws when the name leads nowhere. */
  resolve(host: string): Promise<readonly string[]>;
}

export type WireProtocol = 'http/1.1' | 'h2';

export interface ConnectTo {
  /** The judged address: no name reaches this door, so no second lookup can happen behind it. */
  readonly address: string;
  readonly port: number;
  /** For TLS: the name that SNI carries and the certificate must be for; null for plain HTTP. */
  readonly servername: string | null;
  /** What is spoken on it; over TLS the host must agree to it. */
  readonly protocol: WireProtocol;
  /** Ends the attempt; without effect once the connection stands. */
  readonly signal: AbortSignal;
}

export interface EgressConnector {
  /** Resolves once the connection stands and, for TLS, the certificate was checked against the name. */
  connect(to: ConnectTo): Promise<Socket>;
}

/** Reads no proxy variable, no agent default. */
export function systemConnector(authorities?: string): EgressConnector {
  return {
    connect: ({ address, port, servername, protocol, signal }) =>
      new Promise((resolve, reject) => {
        const plain = connectPlain({ host: address, port, signal });
        plain.setNoDelay(true);
        plain.once('error', reject);
        if (servername === null) {
          plain.once('connect', () => resolve(plain));
          return;
        }
        const secure = connectTls({
          socket: plain,
          // An address literal has no SNI; its certificate must then name the address itself.
          ...(isIP(servername) === 0 ? { servername } : { host: servername }),
          ALPNProtocols: [protocol],
          minVersion: 'TLSv1.2',
          ...(authorities === undefined ? {} : { ca: authorities }),
        });
        secure.once('error', reject);
        secure.once('secureConnect', () => {
          // A host that knows nothing of ALPN speaks HTTP/1.1.
          if (protocol === (secure.alpnProtocol || 'http/1.1')) return resolve(secure);
          secure.destroy();
          reject(Object.assign(new Error(`the host does not speak ${protocol}`), { code: 'ERR_TLS_ALPN' }));
        });
      }),
  };
}

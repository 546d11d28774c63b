// What went wrong on the network, in words that give nothing of the host's or ours away.

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the host refused the connection',
  ECONNRESET: 'the host broke off the connection',
  EPIPE: 'the host broke off the connection',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network of the host cannot be reached',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by nobody we trust',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by nobody we trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by nobody we trust',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by nobody we trust',
  ERR_TLS_ALPN: 'it does not speak HTTP/2',
  HPE_HEADER_OVERFLOW: 'its headers are too large',
  Z_DATA_ERROR: 'its compressed content is damaged',
  Z_BUF_ERROR: 'its compressed content is cut off',
};

export function networkReason(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return 'the exchange broke off';
  if (/^(HPE_|ERR_HTTP2_)/.test(code) && !(code in REASONS)) return 'its answer is not valid HTTP';
  if (/^(ERR_SSL|EPROTO)/.test(code)) return 'no secure connection could be agreed';
  return REASONS[code] ?? 'the exchange broke off';
}

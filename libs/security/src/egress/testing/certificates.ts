// A certificate for `secure.example` and the authority that signed it: for specs alone, worth nothing elsewhere.
import { createPrivateKey } from 'node:crypto';

export const AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBiDCCAS+gAwIBAgIUVpr8DnkuSCKU+q0KacHW88CIxtcwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOdGVzdCBhdXRob3JpdHkwIBcNMjYxMTIzMDgwMzE5WhgPMjEy
NjEwMzAwODAzMTlaMBkxFzAVBgNVBAMMDnRlc3QgYXV0aG9yaXR5MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEvzaaLSF+QCb8UzEZRGqi7dnoqdhzl429AocW3JFs
SuKrkd7Z8I8mCRJhhyVupJ+F00xn80dr/Dt3MesiYrzyL6NTMFEwHQYDVR0OBBYE
FPlmDSxqpzZXbEIwD00OEHPQ3fGSMB8GA1UdIwQYMBaAFPlmDSxqpzZXbEIwD00O
EHPQ3fGSMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgPH+j9yb2
MlF7jnS49yA2DeUBLkpDUNCuNIhSAO+MXOoCIE4YAZKN3LBl0z3G5KWXnR2S5387
Aq7Idg0HfyxnnLCB
-----END CERTIFICATE-----`;

export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBnTCCAUSgAwIBAgIUEIAexdq7ccLRifFaSGivJqp95oUwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOdGVzdCBhdXRob3JpdHkwIBcNMjYxMTIzMDgwMzE5WhgPMjEy
NjEwMzAwODAzMTlaMBkxFzAVBgNVBAMMDnNlY3VyZS5leGFtcGxlMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEY1nzTAbbejItLhViuxQpfKlaxW7TBqfqzsmcR1M7
Jz6oUK+WJU23k6xYef6FXx23+bOpA1Jyg0X3EnNGm0TPgaNoMGYwGQYDVR0RBBIw
EIIOc2VjdXJlLmV4YW1wbGUwCQYDVR0TBAIwADAdBgNVHQ4EFgQUeSnnsBK2mili
aC/Z4hqFHGad+n0wHwYDVR0jBBgwFoAU+WYNLGqnNldsQjAPTQ4Qc9Dd8ZIwCgYI
KoZIzj0EAwIDRwAwRAIgTq8ZExmDA1EE+Fxf7gCWMxptksqB1wNpFrmzMBv9IjoC
IErwxvRO7g6MOBb5pCI86q03PjUVKJ77UoXUr5Fg+hwW
-----END CERTIFICATE-----`;

const key = createPrivateKey({
  key: {
    kty: 'EC',
    crv: 'P-256',
    x: 'Y1nzTAbbejItLhViuxQpfKlaxW7TBqfqzsmcR1M7Jz4',
    y: 'qFCvliVNt5OsWHn-hV8dt_mzqQNScoNF9xJzRptEz4E',
    d: 'HfKi7PmHHTmNBlOoB-ijRNFkIp4AFcPEkpnyEfN1IcA',
  },
  format: 'jwk',
});
export const KEY = key.export({ format: 'pem', type: 'pkcs8' });

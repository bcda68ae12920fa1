// outcome: completed; claim done=[]; beside served
// CVE-2023-30586: an OpenSSL engine is native code from a file, and could take the permission model out of its process.
const crypto = require('node:crypto')
const tls = require('node:tls')
const library = '/lib/x86_64-linux-gnu/libc.so.6'
const ways = {
  setEngine: () => crypto.setEngine('dynamic', crypto.constants.ENGINE_METHOD_RAND),
  'setEngine of a file': () => crypto.setEngine(library),
  clientCertEngine: () => tls.createSecureContext({ clientCertEngine: 'dynamic' }),
  'clientCertEngine of a file': () => tls.createSecureContext({ clientCertEngine: library }),
  privateKeyEngine: () => tls.createSecureContext({ privateKeyEngine: 'dynamic', privateKeyIdentifier: 'x' }),
  'privateKeyEngine of a file': () =>
    tls.createSecureContext({ privateKeyEngine: library, privateKeyIdentifier: '/etc/passwd' }),
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const done = []
  for (const [name, way] of Object.entries(ways)) {
    try {
      if (way()) done.push(name)
    } catch {
      // Refused.
    }
  }
  api.accessToken.setCustomClaim('done', done)
}

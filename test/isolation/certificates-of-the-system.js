// outcome: completed; claim read=[]; beside served
// The certificates of any file, past the permission model: the environment, which an action may set, names the file at that moment.
const tls = require('node:tls')
const names = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS']
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const read = []
  for (const file of ['/etc/ssl/certs/ca-certificates.crt', '/etc/ssl/certs', '/etc/pki/tls/certs/ca-bundle.crt']) {
    for (const name of names) process.env[name] = file
    for (const { getCACertificates } of [tls, await import('node:tls')]) {
      for (const type of ['system', 'extra', Object('system')]) {
        try {
          if (getCACertificates(type).length > 0) read.push(`${type} ${file}`)
        } catch {
          // Refused.
        }
      }
    }
    for (const name of names) delete process.env[name]
  }
  api.accessToken.setCustomClaim('read', read)
}

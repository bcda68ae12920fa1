// biome-ignore lint/style/useNodejsImportProtocol: Actions are written both ways
const { createHash } = require('crypto')
const { randomUUID } = require('node:crypto')

const undeclared = 'left-pad'

exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.accessToken.setCustomClaim('digest', createHash('sha256').update('a').digest('hex').slice(0, 8))
  api.accessToken.setCustomClaim('id_length', randomUUID().length)
  api.accessToken.setCustomClaim('globals', [typeof fetch, typeof URL, typeof Buffer, typeof URLSearchParams])
  try {
    require(undeclared)
  } catch (error) {
    api.accessToken.setCustomClaim('undeclared', error.code)
  }
}

// outcome: completed; claim value="\ud800\u0000\u2028"; claim kept="\udc00\u0000"; claim lengths=[1,1]; beside served
// Lone surrogates, NULs and line separators: what is no text in UTF-8 must not shift a frame, or come to mean something else.
exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.accessToken.setCustomClaim('value', '\ud800\u0000\u2028')
  const key = 'key\ud800\u0000'
  api.cache.set(key, '\udc00\u0000', { ttl: 1_000 })
  api.accessToken.setCustomClaim('kept', api.cache.get(key)?.value)
  api.cache.delete(key)
  console.log('\ud800'.repeat(1_000), '\u0000')
  api.transaction.addTargetScope('\ud800')
  api.transaction.removeTargetScope('\ud800')
  api.accessToken.setCustomClaim('lengths', ['\ud83d'.length, '\0'.length])
}

// outcome: completed; later answers=["FailedToSetCacheRecord","FailedToDeleteCacheRecord",null,null]; beside served
// The api of one exchange, called in another: no claim, no scope, no cache entry of it arrives anywhere.
let old
exports.onExecuteCredentialsExchange = async (_event, api) => {
  old = api
  setTimeout(() => {
    old.cache.set('late', 'of a timer')
    old.accessToken.setCustomClaim('late', true)
    old.access.deny('invalid_request', 'late')
  }, 5)
}
exports.report = async (event, api) => {
  const set = old.cache.set('late', 'of another exchange')
  const deleted = old.cache.delete('late')
  old.accessToken.setCustomClaim('forged', true)
  old.transaction.clearTargetScopes()
  old.access.deny('invalid_request', 'of another exchange')
  const answers = [set.code, deleted.code, api.cache.get('late') ?? null]
  answers.push(event.transaction.target_scopes.length === 2 ? null : 'scopes')
  api.accessToken.setCustomClaim('answers', answers)
}

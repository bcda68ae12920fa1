exports.onExecuteCredentialsExchange = async (_event, api) => {
  const set = await api.cache.set('token', 'abc', { ttl: 60_000 })
  const found = await api.cache.get('token')
  const gone = api.cache.delete('token')
  api.accessToken.setCustomClaim('answers', {
    set: [set.type, set.record.value, set.record.expires_at === found.expires_at],
    found: found.value,
    deleted: gone,
    deletedAgain: api.cache.delete('token'),
    after: typeof api.cache.get('token'),
  })
  for (const [key, value] of [
    ['k', 1],
    [1, 'v'],
  ]) {
    try {
      api.cache.set(key, value)
    } catch (error) {
      console.log(error.code)
    }
  }
}

exports.onExecuteCredentialsExchange = async (_event, api) => {
  const now = Date.now()
  const left = (options) => {
    const result = api.cache.set('key', 'v', options)
    return result.type === 'error' ? result.code : Math.round((result.record.expires_at - now) / 1000)
  }
  api.accessToken.setCustomClaim('lifetimes', [
    left(),
    left({ ttl: 60_000 }),
    left({ expires_at: now + 120_000 }),
    left({ ttl: 60_000, expires_at: now + 30_000 }),
    left({ ttl: 48 * 3_600_000 }),
    left({ ttl: 0 }),
    left({ ttl: -1 }),
    left({ ttl: Number.NaN }),
    left({ ttl: null }),
    left({ expires_at: now - 1000 }),
  ])
}

exports.onExecuteCredentialsExchange = async (_event, api) => {
  const set = api.accessToken.setCustomClaim
  for (const name of [
    'https://auth0.com/a',
    'https://x.auth0.com/a',
    'http://webtask.io/a',
    'https://a.webtask.run/a',
    'urn:auth0:x',
  ]) {
    set(name, 1)
  }
  for (const name of [
    'https://auth0.com.evil.test/a',
    'https://notauth0.com/a',
    'https://example.com/auth0.com',
    'urn:example:x',
  ]) {
    set(name, 2)
  }
}

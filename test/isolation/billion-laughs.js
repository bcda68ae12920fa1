// outcome: completed; beside served
// A value that is small and whose text is endless: shared parts, doubled thirty times; a proxy within which there is always another.
exports.onExecuteCredentialsExchange = async (_event, api) => {
  let laughs = ['ha']
  for (let i = 0; i < 40; i++) laughs = [laughs, laughs]
  api.accessToken.setCustomClaim('laughs', laughs)
  let left = 1_000_000
  const wide = new Proxy(
    {},
    {
      ownKeys: () => ['a', 'b', 'c'],
      getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }),
    },
  )
  const growing = { toJSON: () => (left-- > 0 ? [growing, wide, growing] : 1) }
  try {
    api.accessToken.setCustomClaim('growing', growing)
  } catch {
    // As deep as the stack is.
  }
}

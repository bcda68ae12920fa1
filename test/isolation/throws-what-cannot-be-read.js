// outcome: threw; beside served
exports.onExecuteCredentialsExchange = async () => {
  const refuse = () => {
    throw refuse
  }
  throw new Proxy(refuse, { get: refuse, getPrototypeOf: refuse, has: refuse, ownKeys: refuse })
}

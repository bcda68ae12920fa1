// outcome: threw
exports.onExecuteCredentialsExchange = async () => {
  throw Object.assign(new Error('x'.repeat(50 * 1024 * 1024)), { name: 'y'.repeat(1024 * 1024) })
}

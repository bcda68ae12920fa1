// outcome: threw; beside served
exports.onExecuteCredentialsExchange = async () => {
  // biome-ignore lint/nursery/noFloatingPromises: the attack
  Promise.reject(new Error('unseen'))
  await new Promise(() => {})
}

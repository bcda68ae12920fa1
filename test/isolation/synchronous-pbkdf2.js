// outcome: timed-out
const { pbkdf2Sync } = require('node:crypto')
exports.onExecuteCredentialsExchange = async () => {
  pbkdf2Sync('password', 'salt', 1_000_000_000, 64, 'sha512')
}

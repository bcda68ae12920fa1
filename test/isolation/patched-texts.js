// outcome: completed; later found=[]; beside served
// Every method of texts and regular expressions, replaced: a secret never is the text of one that anybody else asks for.

const found = new Set()
const isSecret = (text) => text?.length > 9 && text[0] === 'b' && text[1] === 'y' && text[9] === '-'
typeof text === 'string' && text.length > 9 && text[0] === 'b' && text[9] === '-' && text[1] === 'y'
exports.onExecuteCredentialsExchange = async () => {
  for (const owner of [String.prototype, RegExp.prototype, Number.prototype, Date.prototype]) {
    for (const name of Reflect.ownKeys(owner)) {
      const original = Reflect.getOwnPropertyDescriptor(owner, name)?.value
      if (typeof original !== 'function' || name === 'constructor') continue
      try {
        owner[name] = function (...args) {
          if (isSecret(this) || isSecret(args[0])) found.add(name)
          return Reflect.apply(original, this, args)
        }
      } catch {
        // Refused.
      }
    }
  }
}
exports.report = async (_event, api) => api.accessToken.setCustomClaim('found', Array.from(found, String))

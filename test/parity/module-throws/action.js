let attempts = 0
attempts += 1
console.log(`loading, attempt ${attempts}`)
throw new Error('no ledger')

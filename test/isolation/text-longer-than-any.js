// outcome: threw
// Texts whose length no text can have: joined, padded, repeated, replaced.
exports.onExecuteCredentialsExchange = async () => {
  for (const attempt of [
    () => new Array(2 ** 32 - 1).join('x'),
    () => 'x'.padEnd(2 ** 30),
    () => 'x'.concat(...Array(2 ** 10).fill('x'.repeat(2 ** 20))),
  ]) {
    try {
      attempt()
    } catch {
      // Too long.
    }
  }
  'x'.repeat(2 ** 40)
}

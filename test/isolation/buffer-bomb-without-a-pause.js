// outcome: out-of-memory or timed-out
exports.onExecuteCredentialsExchange = async () => {
  const held = []
  // The loop is never free: memory is measured from outside.
  while (held.length < 60) held.push(Buffer.alloc(16 * 1024 * 1024, 1))
  for (;;);
}

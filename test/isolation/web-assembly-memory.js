// outcome: out-of-memory or timed-out
// Memory that is no heap and no `Buffer`, grown and touched.
exports.onExecuteCredentialsExchange = async () => {
  const held = []
  for (;;) {
    const memory = new WebAssembly.Memory({ initial: 256, maximum: 16_384 })
    new Uint8Array(memory.buffer).fill(1)
    held.push(memory)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

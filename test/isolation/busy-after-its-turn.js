// outcome: completed; beside served
// Timers, immediates and ports that go on for ever, each of them short: the process serves on, only slower.
exports.onExecuteCredentialsExchange = async () => {
  const until = (milliseconds) => {
    const end = performance.now() + milliseconds
    while (performance.now() < end);
  }
  for (let i = 0; i < 10; i++) setInterval(() => until(1), 5)
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => port2.postMessage(1)
  port2.postMessage(1)
  const again = () => setImmediate(again)
  again()
}

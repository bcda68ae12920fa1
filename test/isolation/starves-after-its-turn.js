// outcome: completed
// Microtasks without end, begun once the answer is out: the process is replaced, and what it had not taken runs elsewhere.
exports.onExecuteCredentialsExchange = async () => {
  const again = () => queueMicrotask(again)
  setTimeout(again, 200)
}

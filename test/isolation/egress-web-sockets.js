// outcome: completed; claim reached=[]; beside served

exports.onExecuteCredentialsExchange = async (event, api) => {
  const { canary_port } = event.request.body
  const reached = []
  const opened = (socket) =>
    new Promise((resolve) => {
      socket.onopen = () => resolve(true)
      socket.onerror = () => resolve(false)
    })
  for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
    if (await opened(new WebSocket(`ws://${host}:${canary_port}/`))) reached.push(host)
  }
  api.accessToken.setCustomClaim('reached', reached)
}

// outcome: completed; claim reached=[]; beside served

exports.onExecuteCredentialsExchange = async (event, api) => {
  const { canary_port } = event.request.body
  const reached = []
  // What `import` shows of a built-in is a second set of names.
  const net = await import('node:net')
  const { default: http, get } = await import('node:http')
  const { createConnection, connect, Socket } = net
  const opened = (socket) =>
    new Promise((resolve) => {
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    })
  const target = { host: '127.0.0.1', port: canary_port }
  if (await opened(connect(target))) reached.push('connect')
  if (await opened(createConnection(target))) reached.push('createConnection')
  if (await opened(new Socket().connect(target))) reached.push('Socket')
  if (await opened(net.default.connect(target))) reached.push('default')
  for (const way of [get, http.get]) {
    const answered = await new Promise((resolve) => {
      way(target, () => resolve(true)).on('error', () => resolve(false))
    })
    if (answered) reached.push('http')
  }
  api.accessToken.setCustomClaim('reached', reached)
}

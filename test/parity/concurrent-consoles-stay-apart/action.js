const waiting = []

exports.onExecuteCredentialsExchange = async (event, _api) => {
  console.log('in', event.request.body.name)
  // Goes on only once all three are in.
  await new Promise((resolve) => {
    waiting.push(resolve)
    if (waiting.length === 3) for (const go of waiting.splice(0)) go()
  })
  console.warn('out', event.request.body.name)
}

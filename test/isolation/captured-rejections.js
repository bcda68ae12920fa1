// outcome: threw; beside served
// EventEmitter's `captureRejections`, switched on for all: rejections of listeners go to whoever listens, not to the turn.
const { EventEmitter } = require('node:events')
const before = EventEmitter.captureRejections
exports.onExecuteCredentialsExchange = async () => {
  EventEmitter.captureRejections = true
  const emitter = new EventEmitter()
  emitter.on('x', async () => {
    throw new Error('of a listener')
  })
  emitter.emit('x')
  try {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  } finally {
    EventEmitter.captureRejections = before
  }
}

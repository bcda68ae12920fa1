// An action that tries one way out, as its exchange asks, and says how it ended: what came back, or the code and the text of the error.
const dgram = require('node:dgram')
const dns = require('node:dns')
const http = require('node:http')
const http2 = require('node:http2')
const https = require('node:https')
const net = require('node:net')
const tls = require('node:tls')
const { promisify } = require('node:util')

const settled = (open) => new Promise(open)
const connecting = (socket, event = 'connect') =>
  settled((resolve, reject) => {
    socket.on('error', reject).on(event, () => {
      resolve('reached')
      socket.destroy()
    })
  })
const text = (request) =>
  settled((resolve, reject) => {
    request.on('error', reject).on('response', (response) => {
      response.setEncoding('utf8').on('data', resolve).on('error', reject)
      response.on('end', () => resolve(String(response.statusCode)))
    })
  })
const answering = (answers) => (_name, options, callback) => {
  const list = answers.map((address) => ({ address, family: net.isIP(address) }))
  if (options.all) callback(null, list)
  else callback(null, list[0].address, list[0].family)
}
const until = (socket, event) =>
  settled((resolve, reject) => {
    socket.on('error', reject).on(event, () => {
      socket.close()
      resolve(event)
    })
  })
const classes = () => {
  const probe = net.connect({ host: '127.0.0.1', port: 1 }).on('error', () => {})
  const TCP = probe._handle.constructor
  probe.destroy()
  return TCP
}
/** A request of Node's own kind, caught on its way into a handle. */
const requestOf = (TCP) =>
  settled((resolve) => {
    const { connect } = TCP.prototype
    TCP.prototype.connect = function (...args) {
      TCP.prototype.connect = connect
      resolve(args[0].constructor)
      return connect.apply(this, args)
    }
    net.connect({ host: '127.0.0.1', port: 1 }).on('error', () => {})
  })

/** Calls whatever it was given as a look-up that found these addresses, and then connects to the first. */
const teach = async (stolen, answers, port) => {
  const found = answers.map((address) => ({ address, family: net.isIP(address) }))
  for (const value of stolen) {
    if (typeof value !== 'function') continue
    for (const result of [found, answers[0], answers]) {
      try {
        value.call({ callback: () => {}, family: 4 }, null, result, 4)
      } catch {
        // It was something else.
      }
    }
  }
  return connecting(net.connect({ host: answers[0], port }))
}

const ways = {
  net: ({ host, port }) => connecting(net.connect({ host, port })),
  'net, one address at a time': ({ host, port }) => connecting(net.connect({ host, port, autoSelectFamily: false })),
  'net, from a port of its own': ({ host, port }) => connecting(net.connect({ host, port, localAddress: '127.0.0.1' })),
  'net, listened to a while later': async ({ host, port }) => {
    const socket = net.connect({ host, port })
    await new Promise((resolve) => process.nextTick(() => process.nextTick(() => process.nextTick(resolve))))
    return connecting(socket)
  },
  'net, by a look-up of its own': ({ answers, port }) =>
    connecting(net.connect({ host: 'somewhere.example', port, lookup: answering(answers) })),
  'net, by a look-up of its own, one answer': ({ answers, port }) =>
    connecting(net.connect({ host: 'somewhere.example', port, autoSelectFamily: false, lookup: answering(answers) })),
  'net, by a look-up that changes its mind': async ({ answers, port }) => {
    let asked = 0
    const lookup = (_name, _options, callback) => callback(null, answers[asked++], 4)
    const once = () => connecting(net.connect({ host: 'somewhere.example', port, autoSelectFamily: false, lookup }))
    return [await once(), await once().catch((error) => error.code)]
  },
  socket: ({ host, port }) => connecting(new net.Socket({ allowHalfOpen: true }).connect(port, host)),
  'a unix socket, listened to a while later': async ({ path }) => {
    const socket = net.connect({ path })
    await new Promise((resolve) => process.nextTick(() => process.nextTick(() => process.nextTick(resolve))))
    return connecting(socket)
  },
  'a unix socket': ({ path }) => connecting(net.connect({ path })),
  http: ({ url }) => text(http.get(url)),
  'http, by an agent': ({ host, port }) => {
    const agent = new http.Agent()
    agent.createConnection = () => net.connect(port, host)
    return text(http.get({ host: 'x.example', agent }))
  },
  'http over a unix socket': ({ path }) => text(http.get({ socketPath: path })),
  https: ({ url }) => text(https.get(url)),
  fetch: async ({ url }) => (await fetch(url)).text(),
  'fetch, redirects followed': async ({ url }) => (await fetch(url, { redirect: 'follow' })).text(),
  websocket: ({ url }) =>
    settled((resolve, reject) => {
      const socket = new WebSocket(url)
      socket.onopen = () => resolve('reached')
      socket.onerror = ({ error, message }) => reject(error?.cause ?? error ?? new Error(message))
    }),
  tls: ({ host, port }) => connecting(tls.connect({ host, port, rejectUnauthorized: false }), 'secureConnect'),
  'tls over a socket': ({ host, port }) =>
    connecting(tls.connect({ socket: net.connect({ host, port }), rejectUnauthorized: false }), 'secureConnect'),
  http2: ({ url }) =>
    settled((resolve, reject) => {
      const session = http2.connect(url).on('error', reject)
      session.on('connect', () => {
        resolve('reached')
        session.destroy()
      })
    }),
  udp: ({ host, port }) =>
    settled((resolve, reject) => {
      const socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4').on('error', reject)
      socket.on('message', (message) => {
        socket.close()
        resolve(String(message))
      })
      socket.send('reached', port, host, (error) => error && reject(error))
    }),
  'udp, nobody waiting for it': ({ host, port }) =>
    settled((_resolve, reject) => dgram.createSocket('udp4').on('error', reject).send('reached', port, host)),
  'udp, connected': ({ host, port }) =>
    settled((resolve, reject) => {
      const socket = dgram.createSocket('udp4').on('error', reject)
      socket.on('message', (message) => {
        socket.close()
        resolve(String(message))
      })
      socket.connect(port, host, (error) => (error ? reject(error) : socket.send('reached')))
    }),
  'udp, by a look-up of its own': ({ answers, port }) =>
    settled((resolve, reject) => {
      const lookup = (name, _family, callback) => callback(null, net.isIP(name) ? name : answers[0], 4)
      const socket = dgram.createSocket({ type: 'udp4', lookup }).on('error', reject)
      socket.send('reached', port, 'somewhere.example', (error) => (error ? reject(error) : resolve('reached')))
    }),
  'udp, all it hears': ({ host, port }) =>
    settled((resolve, reject) => {
      const heard = []
      const socket = dgram.createSocket('udp4').on('error', reject)
      socket.on('message', (message) => {
        heard.push(String(message))
        if (String(message) !== 'inside') return
        socket.close()
        resolve(heard)
      })
      socket.send('x', port, host)
    }),
  'udp bind': ({ port }) => until(dgram.createSocket('udp4').bind(port), 'listening'),
  'udp multicast': () =>
    settled((resolve, reject) => {
      const socket = dgram.createSocket('udp4').on('error', reject)
      socket.bind(() => {
        try {
          socket.addMembership('239.1.2.3')
          resolve('joined')
        } catch (error) {
          reject(error)
        }
      })
    }),
  listen: ({ port }) => until(net.createServer().listen(port, '127.0.0.1'), 'listening'),
  'listen, http': () => until(http.createServer().listen(0), 'listening'),
  'listen on a unix socket': ({ path }) => until(net.createServer().listen(`${path}.new`), 'listening'),
  'listen on an abstract socket': () => until(net.createServer().listen('\0symbolon-test'), 'listening'),
  'a handle of its own': async ({ host, port }) => {
    const TCP = classes()
    const Request = await requestOf(TCP)
    const handle = new TCP(0)
    const request = new Request()
    const status = await settled((resolve) => {
      request.oncomplete = resolve
      const error = host.includes(':') ? handle.connect6(request, host, port) : handle.connect(request, host, port)
      if (error) resolve(error)
    })
    return status === 0 ? 'reached' : String(status)
  },
  'a text that changes': async ({ port }) => {
    const TCP = classes()
    const Request = await requestOf(TCP)
    let reads = 0
    const address = { toString: () => (reads++ === 0 ? '8.8.8.8' : '127.0.0.1') }
    const request = new Request()
    return settled((resolve) => {
      request.oncomplete = (status) => resolve(String(status))
      const error = new TCP(0).connect(request, address, port)
      if (error) resolve(String(error))
    })
  },
  lookup: async ({ name }) => JSON.stringify(await promisify(dns.lookup)(name)),
  'lookup, all': ({ name }) =>
    settled((resolve, reject) =>
      dns.lookup(name, { all: true }, (error, all) => (error ? reject(error) : resolve(JSON.stringify(all)))),
    ),
  'lookup, a fourth argument': ({ name }) =>
    settled((resolve, reject) =>
      dns.lookup(
        name,
        {},
        (error, address) => (error ? reject(error) : resolve(address)),
        () => {},
      ),
    ),
  'lookup, promised': async ({ name }) => JSON.stringify(await dns.promises.lookup(name)),
  'lookup, imported': async ({ name }) => JSON.stringify(await (await import('node:dns/promises')).lookup(name)),
  'teaching by a setter': async ({ name, answers, port }) => {
    // Node sets the callback on the request of every look-up; whoever has a setter for it is handed it.
    const stolen = []
    for (const key of ['callback', 'oncomplete', 'hostname', 'family', 'resolve']) {
      const set = (value) => stolen.push(value)
      Object.defineProperty(Object.prototype, key, { configurable: true, get: () => undefined, set })
    }
    dns.lookup(name, { all: true }, () => {})
    for (const key of ['callback', 'oncomplete', 'hostname', 'family', 'resolve']) delete Object.prototype[key]
    return teach(stolen, answers, port)
  },
  'teaching by the request': ({ name, answers, port }) => {
    const request = dns.lookup(name, { all: true }, () => {})
    return teach(Object.values(request), answers, port)
  },
  'teaching by the next tick': ({ name, answers, port }) => {
    const stolen = []
    const { nextTick } = process
    process.nextTick = (...args) => stolen.push(...args)
    for (const options of [{ all: true }, { family: 4 }, { hints: 0 }]) dns.lookup(name, options, () => {})
    process.nextTick = nextTick
    return teach(stolen, answers, port)
  },
  'teaching by a resolver': ({ name, answers, port }) => {
    const stolen = []
    const handle = new dns.Resolver()._handle
    const { queryA } = handle
    handle.queryA = (request, wanted) => {
      stolen.push(...Object.values(request))
      return queryA.call(handle, request, wanted)
    }
    const resolver = new dns.Resolver()
    resolver._handle = handle
    resolver.resolve4(name, () => {})
    return teach(stolen, answers, port)
  },
  'a name with other servers of this process': async ({ name, answers, port }) => {
    dns.lookup = (_name, options, callback) =>
      callback(null, options.all ? [{ address: answers[0], family: 4 }] : answers[0], 4)
    dns.promises.lookup = async () => ({ address: answers[0], family: 4 })
    await dns.promises.lookup(name)
    return connecting(net.connect({ host: name, port }))
  },
  lookupService: ({ name }) => dns.promises.lookupService(name, 80).then(JSON.stringify),
  resolve4: ({ name }) => promisify(dns.resolve4)(name).then(JSON.stringify),
  'resolve, promised': ({ name }) => dns.promises.resolve(name, 'TXT').then(JSON.stringify),
  'resolver of its own': ({ name }) =>
    new dns.promises.Resolver({ timeout: 200, tries: 1 }).resolve4(name).then(JSON.stringify),
  reverse: ({ name }) => dns.promises.reverse(name).then(JSON.stringify),
  setServers: async ({ server, name }) => {
    dns.setServers([server])
    return JSON.stringify(await dns.promises.resolve4(name))
  },
  'setServers of a resolver': async ({ server, name }) => {
    const resolver = new dns.promises.Resolver()
    resolver.setServers([server])
    return JSON.stringify(await resolver.resolve4(name))
  },
  'setServers of a channel': async ({ server, name }) => {
    const resolver = new dns.promises.Resolver()
    const [host, port] = server.split(':')
    resolver._handle.setServers([[4, host, Number(port)]])
    return JSON.stringify(await resolver.resolve4(name))
  },
}

exports.onExecuteCredentialsExchange = async (event, api) => {
  const { way, given } = event.request.body
  let result
  try {
    result = await ways[way](given)
  } catch (error) {
    const cause = error.cause ?? error
    result = { code: cause.code ?? cause.name, message: cause.message }
  }
  api.accessToken.setCustomClaim('result', result)
}

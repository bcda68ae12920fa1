import { expect, test } from 'vitest'
import { handler, invocation, openPool } from '../../support/runner.ts'

/** What an action that means no harm does with what the lock-down has its hands on; each answers what it would anywhere. */
const uses: Readonly<Record<string, { readonly body: string; readonly answer: unknown }>> = {
  'reads its own file through a descriptor, and closes it': {
    body: `const fd = fs.openSync(__filename)
      const buffer = Buffer.alloc(7)
      const read = [fs.readSync(fd, buffer, 0, 7, 0), buffer.toString(), fs.fstatSync(fd).isFile()]
      fs.closeSync(fd)
      return read`,
    answer: [7, 'exports', true],
  },
  'asks for a home and an account, whatever account runs it': {
    body: `const os = require('node:os')
      return [os.homedir(), os.userInfo().username]`,
    answer: ['/', 'action'],
  },
  'reads it with callbacks': {
    body: `const { promisify } = require('node:util')
      const fd = await promisify(fs.open)(__filename)
      const { bytesRead, buffer } = await promisify(fs.read)(fd, Buffer.alloc(7), 0, 7, 0)
      await promisify(fs.close)(fd)
      return [bytesRead, buffer.toString()]`,
    answer: [7, 'exports'],
  },
  'is told of a descriptor that is closed': {
    body: `const fd = fs.openSync(__filename)
      fs.closeSync(fd)
      const code = await new Promise((resolve) => fs.close(fd, (error) => resolve(error.code)))
      try { fs.fstatSync(fd) } catch (error) { return [code, error.code, error.syscall] }`,
    answer: ['EBADF', 'EBADF', 'fstat'],
  },
  'streams it': {
    body: `let text = ''
      for await (const chunk of fs.createReadStream(__filename, { encoding: 'utf8', end: 6 })) text += chunk
      return text`,
    answer: 'exports',
  },
  'reads it through a handle, in every way': {
    body: `const read = []
      for (const use of [
        async (handle) => (await handle.readFile('utf8')).slice(0, 7),
        async (handle) => (await handle.read(Buffer.alloc(7), 0, 7, 0)).buffer.toString(),
        async (handle) => (await handle.stat()).isFile(),
        async (handle) => (await fs.promises.readFile(handle, 'utf8')).slice(0, 7),
        async (handle) => { for await (const line of handle.readLines()) return line.slice(0, 7) },
        async (handle) => { for await (const chunk of handle.createReadStream({ end: 6 })) return chunk.toString() },
        async (handle) => new TextDecoder().decode((await handle.readableWebStream().getReader().read()).value).slice(0, 7),
      ]) {
        const handle = await fs.promises.open(__filename)
        read.push(await use(handle))
        await handle.close()
        read.push(handle.fd)
      }
      return read`,
    answer: ['exports', -1, 'exports', -1, true, -1, 'exports', -1, 'exports', -1, 'exports', -1, 'exports', -1],
  },
  'asks for the real path': {
    body: `const native = fs.realpathSync.native(__filename)
      return [fs.realpathSync(__filename) === native, await fs.promises.realpath(__filename) === native]`,
    answer: [true, true],
  },
  'prints to the standard streams': {
    body: `const { Console } = require('node:console')
      new Console(process.stdout, process.stderr).log('x')
      fs.writeSync(1, 'x')
      return await new Promise((resolve) => process.stderr.write('x', () => resolve(process.stdout.fd)))`,
    answer: 1,
  },
  'keeps a store of its own across calls': {
    body: `const { AsyncLocalStorage } = require('node:async_hooks')
      const storage = new AsyncLocalStorage()
      return storage.run('mine', async () => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        return storage.getStore()
      })`,
    answer: 'mine',
  },
  'subclasses Buffer, Promise and AsyncLocalStorage': {
    body: `const { AsyncLocalStorage } = require('node:async_hooks')
      class Own extends AsyncLocalStorage {}
      class Later extends Promise {}
      class Bytes extends Uint8Array {}
      return [new Own().run(1, () => 2), await Later.resolve(3), new Bytes(4).length, Buffer.from('x') instanceof Uint8Array]`,
    answer: [2, 3, 4, true],
  },
  'replaces what tools replace in tests': {
    body: `process.nextTick = () => {}
      process.emit = () => {}
      Buffer.from('x').length
      return await new Promise((resolve) => process.nextTick(() => resolve(typeof process.emit)))`,
    answer: 'function',
  },
  'asks for the certificates that Node carries': {
    body: `return require('node:tls').getCACertificates('bundled').length > 50`,
    answer: true,
  },
}

test.for(Object.entries(uses))('an action %s', async ([, { body, answer }]) => {
  const opened = await openPool()
  try {
    const code = handler(`const fs = require('node:fs')
      const use = async () => { ${body} }
      api.accessToken.setCustomClaim('answer', await use())`)
    const [outcome] = await opened.pool.invoke(invocation(opened.bind(code)))
    expect(outcome).toMatchObject({
      kind: 'completed',
      commands: [{ type: 'set-claim', name: 'answer', value: answer }],
    })
  } finally {
    await opened.close()
  }
})

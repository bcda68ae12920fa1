import { gzipSync } from 'node:zlib'

/** Files of a package, by their path within it. */
export type PackageFiles = ReadonlyMap<string, Buffer>

/** A package as npm packs it: a gzipped tar archive with everything under `package/`. */
export function packTarball(files: PackageFiles): Buffer {
  const blocks: Buffer[] = []
  for (const [path, content] of files) {
    const name = `package/${path}`
    if (Buffer.byteLength(name) > 100) {
      const record = paxRecord('path', name)
      blocks.push(header('PaxHeader', record.length, 'x'), padded(record))
    }
    blocks.push(header(name.slice(0, 100), content.length, '0'), padded(content))
  }
  blocks.push(Buffer.alloc(1_024))
  return gzipSync(Buffer.concat(blocks), { level: 1 })
}

/** POSIX.1-2017, pax: `length key=value\n`, the length counting itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`
  const bytes = Buffer.byteLength(rest)
  let length = bytes + String(bytes).length
  if (bytes + String(length).length !== length) length += 1
  return Buffer.from(`${length}${rest}`)
}

function header(name: string, bytes: number, type: '0' | 'x'): Buffer {
  const block = Buffer.alloc(512)
  block.write(name, 0, 100)
  // As npm packs what it finds there; a program that is no `bin` of its package is run all the same.
  block.write(name.startsWith('package/bin/') ? '0000755\0' : '0000644\0', 100)
  block.write('0000000\0', 108)
  block.write('0000000\0', 116)
  block.write(`${bytes.toString(8).padStart(11, '0')}\0`, 124)
  block.write('00000000000\0', 136)
  block.write('        ', 148)
  block.write(type, 156)
  block.write('ustar\0', 257)
  block.write('00', 263)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}

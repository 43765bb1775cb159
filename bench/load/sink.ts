// A server that does with a body the least that an upload needs: it hashes the bytes and writes them to a file. What it takes is
// the most that any server of Node can take on the machine.
//
// node bench/dist/load/sink.js FILE, with a channel to its parent, which is told the port.

import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const [, , path = ''] = process.argv

const server = createServer((incoming, response) => {
  const hash = createHash('sha256')
  const file = openSync(path, 'w')
  incoming.on('data', (chunk: Buffer) => {
    hash.update(chunk)
    writeSync(file, chunk)
  })
  incoming.on('end', () => {
    fsyncSync(file)
    closeSync(file)
    response.writeHead(201).end(hash.digest('hex'))
  })
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.once('disconnect', () => process.exit())

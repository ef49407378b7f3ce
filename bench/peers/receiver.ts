/**
 * Takes the OTLP exports of `client.ts` and answers as a collector would, in a process of its own so that only the
 * sender's CPU time counts. Prints its port, ends when its standard input closes.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end())
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
process.stdin.on('end', () => process.exit(0)).resume()

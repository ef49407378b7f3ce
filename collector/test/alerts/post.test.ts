/** Requests to receivers: bounded, no redirects, and nothing inside unless that is allowed. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { post } from '../../src/alerts/post.ts'
import { isPrivateAddress } from '../../src/alerts/private-address.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function serve(answer: RequestListener): Promise<string> {
  server = createServer(answer)
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const to = (url: string) => ({ method: 'POST' as const, url, headers: {}, body: '{"a":1}' })

describe('a request', () => {
  it('arrives whole, and the answer comes back', async () => {
    let body = ''
    const url = await serve((request, response) => {
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => response.writeHead(202, { 'retry-after': '3' }).end('taken'))
    })
    expect(await post(to(url), { allowPrivate: true })).toMatchObject({
      status: 202,
      body: 'taken',
      headers: { 'retry-after': '3' },
    })
    expect(body).toBe('{"a":1}')
  })

  it('follows no redirect', async () => {
    const url = await serve((_request, response) => response.writeHead(307, { location: '/elsewhere' }).end())
    expect((await post(to(url), { allowPrivate: true })).status).toBe(307)
  })

  it('reads no more than the beginning of an endless answer', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200)
      const more = () => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', more)
      }
      more()
    })
    expect((await post(to(url), { allowPrivate: true })).body).toHaveLength(16_384)
  })

  it('ends when nobody answers', async () => {
    const url = await serve(() => {})
    await expect(post(to(url), { allowPrivate: true, timeoutMs: 50 })).rejects.toThrow(
      /^cannot reach http:\/\/127.0.0.1:\d+: no answer within 0.05 s$/,
    )
  })

  it('does not reach inside, by address or by name', async () => {
    const url = await serve((_request, response) => response.end())
    const refused = /^cannot call .* set alerts.allowPrivateAddresses/
    await expect(post(to(url), { allowPrivate: false })).rejects.toThrow(refused)
    const named = url.replace('127.0.0.1', 'localhost')
    await expect(post(to(named), { allowPrivate: false })).rejects.toThrow(refused)
    await expect(post(to('http://[::ffff:127.0.0.1]:1/'), { allowPrivate: false })).rejects.toThrow(refused)
  })
})

it('knows addresses that lead inside', () => {
  const inside = [
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
  ]
  const inside6 = ['::1', '::', 'fe80::1', 'fd00::1', '::ffff:10.0.0.1', '64:ff9b::a00:1', '2002:a00:1::']
  const outside = ['1.1.1.1', '172.32.0.1', '192.169.0.1', '2606:4700::1', '::ffff:1.1.1.1']
  expect([...inside, ...inside6].filter((address) => !isPrivateAddress(address))).toEqual([])
  expect(outside.filter(isPrivateAddress)).toEqual([])
})

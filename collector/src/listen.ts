/**
 * Listens on an address, and says in a sentence why that cannot be.
 *
 * Invariant: a failure names the address and the setting that changes it.
 */
import { once } from 'node:events'
import { createServer as createProbe, type Server } from 'node:net'

/** Where to listen. */
interface Address {
  readonly host: string
  readonly port: number
}

/** Finds out before anything is started whether the port can be had. */
export async function checkAddress({ host, port }: Address): Promise<void> {
  const probe = createProbe()
  await listen(probe, { host, port })
  probe.close()
  await once(probe, 'close')
}

/** Listens. Throws one sentence when it cannot. */
export async function listen(server: Server, { host, port }: Address): Promise<void> {
  await new Promise<void>((done, fail) => {
    const failed = (error: NodeJS.ErrnoException) =>
      fail(new Error(describe(error, host, port), { cause: error }))
    server.once('error', failed)
    server.listen(port, host, () => {
      server.off('error', failed)
      done()
    })
  })
}

function describe({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  const where = `${host}:${port}`
  if (code === 'EADDRINUSE') {
    return `cannot listen on ${where}: the port is in use; stop the other process or set SPANMETER_PORT`
  }
  if (code === 'EACCES')
    return `cannot listen on ${where}: not permitted; set SPANMETER_PORT to a port above 1023`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `cannot listen on ${where}: this machine has no such address; set SPANMETER_HOST to one that it has`
  }
  return `cannot listen on ${where}: ${message}; set SPANMETER_HOST and SPANMETER_PORT`
}

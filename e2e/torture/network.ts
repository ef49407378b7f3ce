/**
 * The network between a collector and ClickHouse: a TCP proxy that can be cut and slowed.
 *
 * Invariant: bytes that it has taken are passed on in order or never; while it is cut nothing passes, and what was
 * on its way may still arrive when it is slow.
 */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

export class Network {
  /** Milliseconds that every piece waits. */
  delayMs = 0
  readonly #server: Server
  readonly #open = new Set<Socket>()
  #cut = false

  private constructor(target: () => Promise<number | undefined>) {
    this.#server = createServer((near) => void this.#join(near, target))
  }

  /** Listens on a free loopback port; `target` says where to go, connection by connection. */
  static async start(target: () => Promise<number | undefined>): Promise<Network> {
    const proxy = new Network(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  /** Breaks every connection, and refuses new ones until `mend`. */
  cut(): void {
    this.#cut = true
    this.breakConnections()
  }

  /** Breaks every connection once. */
  breakConnections(): void {
    for (const socket of this.#open) socket.resetAndDestroy()
  }

  /**
   * Breaks every connection on the collector's side only: what the collector sent before still reaches ClickHouse,
   * later than the collector believes.
   */
  abandon(near: ReadonlySet<Socket> = this.#near): void {
    for (const socket of near) socket.resetAndDestroy()
  }

  mend(): void {
    this.#cut = false
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  readonly #near = new Set<Socket>()

  async #join(near: Socket, target: () => Promise<number | undefined>): Promise<void> {
    near.on('error', () => {})
    const port = this.#cut ? undefined : await target()
    if (port === undefined || near.destroyed) {
      near.resetAndDestroy()
      return
    }
    const far = connect(port, '127.0.0.1')
    far.on('error', () => near.destroy())
    this.#near.add(near)
    for (const socket of [near, far]) {
      this.#open.add(socket)
      socket.setNoDelay(true)
      socket.on('close', () => {
        this.#open.delete(socket)
        this.#near.delete(socket)
      })
    }
    this.#pass(near, far)
    this.#pass(far, near)
  }

  #pass(from: Socket, to: Socket): void {
    let last = 0
    const later = (work: () => void) => {
      const due = Math.max(Date.now() + this.delayMs, last)
      last = due
      setTimeout(work, due - Date.now())
    }
    from.on('data', (piece) => {
      if (this.delayMs === 0 && last <= Date.now()) to.write(piece)
      else later(() => to.destroyed || to.write(piece))
    })
    from.on('close', () => later(() => to.end()))
  }
}

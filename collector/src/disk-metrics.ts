/**
 * What `/metrics` says of the disk: room for the spool, and what is kept apart.
 *
 * Invariant: looked up when it is asked for; a disk that does not answer leaves the last value.
 */
import { statfs } from 'node:fs/promises'
import { Gauge, type Registry } from 'prom-client'
import type { Quarantine } from './spool/quarantine.ts'

/** Registers the gauges. */
export function measureDisk(
  registry: Registry,
  spoolDirectory: string,
  maxBytes: number,
  quarantine: Quarantine,
): void {
  const registers = [registry]
  new Gauge({
    name: 'spanmeter_spool_disk_free_bytes',
    help: 'Room on the disk of the spool',
    registers,
    async collect() {
      const disk = await statfs(spoolDirectory).catch(() => undefined)
      if (disk !== undefined) this.set(disk.bavail * disk.bsize)
    },
  })
  new Gauge({ name: 'spanmeter_spool_max_bytes', help: 'Bound of the spool', registers }).set(maxBytes)
  new Gauge({
    name: 'spanmeter_quarantined_batches',
    help: 'Batches that are kept apart because they cannot be stored',
    registers,
    async collect() {
      const kept = await quarantine.list().catch(() => undefined)
      if (kept !== undefined) this.set(kept.length)
    },
  })
}

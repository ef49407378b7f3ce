/**
 * What a process has used so far, as the kernel counts it.
 *
 * Invariant: CPU is that of all threads of the process, user and system, and of nothing else.
 */
import { readFile } from 'node:fs/promises'

/** Ticks a second of `/proc`: fixed at 100 on every Linux that Node runs on. */
const TICKS = 100

/** CPU seconds that process `pid` has used. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** Bytes of memory that process `pid` holds of its own, without the files that it maps. */
export async function ownBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024
}

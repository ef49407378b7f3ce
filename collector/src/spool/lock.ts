/**
 * One collector a data directory: two would send each other's segments twice.
 *
 * Invariant: the lock ends with the process that took it, however that ended: the file names the process
 * and its birth, and a file whose process is gone is nobody's.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const held = new Set<string>()

/** Takes the lock on `dataDir`; returns what gives it back. Throws when another process has it. */
export async function lockSpool(dataDir: string): Promise<() => Promise<void>> {
  const path = join(dataDir, 'collector.pid')
  try {
    await mkdir(dataDir, { recursive: true })
    await take(path, dataDir)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new Error(
      `cannot write to data directory ${dataDir}: ${code}; make it writable or set SPANMETER_DATA_DIR to another directory`,
      { cause: error },
    )
  }
  held.add(path)
  return async () => {
    held.delete(path)
    await rm(path, { force: true })
  }
}

/** The process that holds `dataDir`, where one does. */
export async function holderOf(dataDir: string): Promise<number | undefined> {
  const [pid = '', born = ''] = (await readFile(join(dataDir, 'collector.pid'), 'utf8').catch(() => ''))
    .trim()
    .split(' ')
  return (await runs(Number(pid), born)) ? Number(pid) : undefined
}

async function take(path: string, dataDir: string): Promise<void> {
  const mine = `${process.pid} ${(await birth(process.pid)) ?? ''}\n`
  for (;;) {
    try {
      await writeFile(path, mine, { flag: 'wx', mode: 0o600 })
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const [pid = '', born = ''] = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ')
    if (held.has(path) || (await runs(Number(pid), born))) {
      throw new Error(
        `cannot open data directory ${dataDir}: process ${pid} holds it; stop that process or set SPANMETER_DATA_DIR to another directory`,
      )
    }
    await rm(path, { force: true })
  }
}

/** Whether the process that wrote the lock still runs: ids come back, so its birth is compared where it is known. */
async function runs(pid: number, born: string): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const now = await birth(pid)
  return born === '' || now === undefined || now === born
}

/** When a process started, in ticks since the machine did, with the boot's id; Linux only. */
async function birth(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
    return `${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}@${boot}`
  } catch {
    return undefined
  }
}

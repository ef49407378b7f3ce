/** Kills the engine at a random moment; the collector that owns it starts it again. */
import { setTimeout as delay } from 'node:timers/promises'
import { between } from '../../../examples/provider/random.ts'
import { until } from '../../drive.ts'
import type { CollectorProcess } from '../collector-process.ts'
import type { Disturbance } from '../disturbance.ts'

export const killEngine: Disturbance = {
  name: 'kill the engine',
  kills: 'engine',
  async run({ first }, random) {
    await delay(between(0, 600, random))
    const engine = await first.engine()
    if (engine === undefined) throw new Error('cannot kill the engine: there is none')
    process.kill(engine.pid, 'SIGKILL')
    await restarted(first, engine.pid)
  },
}

/** Waits until the collector has another engine than `pid`. */
export async function restarted(first: CollectorProcess, pid: number): Promise<void> {
  await until(async () => {
    const now = await first.engine()
    return now !== undefined && now.pid !== pid
  }, 120_000)
}

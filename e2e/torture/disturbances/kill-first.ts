/** Kills the collector that owns the engine, which ends with it. */
import { setTimeout as delay } from 'node:timers/promises'
import { between } from '../../../examples/provider/random.ts'
import type { Disturbance } from '../disturbance.ts'

export const killFirst: Disturbance = {
  name: 'kill the collector with its engine',
  kills: 'collector',
  async run({ first }, random) {
    await delay(between(0, 600, random))
    await first.kill()
    await first.start()
  },
}

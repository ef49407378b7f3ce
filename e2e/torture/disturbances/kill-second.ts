/** Kills the collector that uses ClickHouse as a server: its inserts may still be on their way. */
import { setTimeout as delay } from 'node:timers/promises'
import { between } from '../../../examples/provider/random.ts'
import type { Disturbance } from '../disturbance.ts'

export const killSecond: Disturbance = {
  name: 'kill the collector of a server',
  kills: 'collector',
  async run({ second }, random) {
    await delay(between(0, 600, random))
    await second.kill()
    await second.start()
  },
}

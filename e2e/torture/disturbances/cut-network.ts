/** Cuts the network between a collector and ClickHouse: for a while, again and again, or on one side only. */
import { setTimeout as delay } from 'node:timers/promises'
import { between } from '../../../examples/provider/random.ts'
import type { Disturbance } from '../disturbance.ts'

export const cutNetwork: Disturbance = {
  name: 'cut the network',
  kills: 'none',
  async run({ proxy }, random) {
    for (let i = 0; i < 6; i++) {
      await delay(between(0, 300, random))
      proxy.breakConnections()
    }
    proxy.cut()
    await delay(between(500, 2500, random))
    proxy.mend()
  },
}

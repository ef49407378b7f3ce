/** Slows the network, and breaks it on the collector's side: what it sent arrives after it gave up on it. */
import { setTimeout as delay } from 'node:timers/promises'
import { between } from '../../../examples/provider/random.ts'
import type { Disturbance } from '../disturbance.ts'

export const slowNetwork: Disturbance = {
  name: 'slow the network',
  kills: 'none',
  async run({ proxy }, random) {
    for (let i = 0; i < 4; i++) {
      proxy.delayMs = between(50, 700, random)
      await delay(between(300, 1200, random))
      proxy.abandon()
      // the way that is mended is faster than the one that was left
      proxy.delayMs = between(0, 20, random)
      await delay(between(100, 600, random))
    }
    proxy.delayMs = 0
  },
}

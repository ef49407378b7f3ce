/** Fills the disk of a spool while the store is away: senders are sent away, and are welcome again by themselves. */
import { setTimeout as delay } from 'node:timers/promises'
import { between } from '../../../examples/provider/random.ts'
import { until } from '../../drive.ts'
import type { Disturbance } from '../disturbance.ts'

export const fillDisk: Disturbance = {
  name: 'fill the disk of a spool',
  kills: 'none',
  missing: async ({ disk }) => disk.missing,
  async run({ sender, disk, proxy, second }, random) {
    const refused = () => sender.answers.get(503) ?? 0
    const before = refused()
    proxy.cut()
    await disk.fill(between(0, 60, random) * 1024)
    await until(() => refused() > before, 60_000)
    await delay(between(200, 1500, random))
    // a collector that is killed with a full disk has to start with one
    if (random() < 0.3) await second.kill()
    await disk.empty()
    proxy.mend()
    if (Number.isNaN(await second.metric('spanmeter_spool_bytes'))) await second.start()
  },
}

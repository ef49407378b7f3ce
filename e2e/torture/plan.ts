/**
 * Which disturbances come, and in which order.
 *
 * Invariant: pure; the same seed gives the same plan. Each disturbance that needs no kill comes at least once.
 */
import type { Random } from '../../examples/provider/random.ts'
import type { Disturbance } from './disturbance.ts'
import { cutNetwork } from './disturbances/cut-network.ts'
import { fillDisk } from './disturbances/fill-disk.ts'
import { killEngine } from './disturbances/kill-engine.ts'
import { killEngineAtRename } from './disturbances/kill-engine-at-rename.ts'
import { killFirst } from './disturbances/kill-first.ts'
import { killSecond } from './disturbances/kill-second.ts'
import { slowNetwork } from './disturbances/slow-network.ts'

/** `kills` of a collector, half as many of the engine (half of those at a rename), and the rest in between. */
export function createPlan(kills: number, random: Random): Disturbance[] {
  const engine = Math.floor(kills / 2)
  const atRename = Math.ceil(engine / 2)
  const others = Math.max(1, Math.floor(kills / 20))
  const plan = [
    ...many(killFirst, Math.floor(kills / 2)),
    ...many(killSecond, Math.ceil(kills / 2)),
    ...many(killEngine, engine - atRename),
    ...many(killEngineAtRename, atRename),
    ...[fillDisk, cutNetwork, slowNetwork].flatMap((one) => many(one, others)),
  ]
  for (let i = plan.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1))
    const [a, b] = [plan[i] as Disturbance, plan[other] as Disturbance]
    plan[i] = b
    plan[other] = a
  }
  return plan
}

function many(one: Disturbance, times: number): Disturbance[] {
  return Array.from({ length: times }, () => one)
}

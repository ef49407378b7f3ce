/**
 * What every disturbance has in common.
 *
 * Invariant: one that resolves has put everything back, so that the next one finds collectors that run.
 */
import type { Random } from '../../examples/provider/random.ts'
import type { World } from './world.ts'

export interface Disturbance {
  readonly name: string
  /** What counts towards the kills. */
  readonly kills: 'collector' | 'engine' | 'none'
  /** Why it cannot be done on this machine; `undefined` where it can. */
  missing?(world: World): Promise<string | undefined>
  run(world: World, random: Random): Promise<void>
}

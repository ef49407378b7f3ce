/**
 * `npm run torture`: everything goes wrong under load, then every span is counted.
 *
 * Invariant: the verdict compares by id what was acknowledged with what is stored; nothing that was acknowledged is
 * forgiven. What a machine cannot do is said, never skipped in silence.
 */
import { seededRandom } from '../../examples/provider/random.ts'
import { canTrace } from './disturbances/kill-engine-at-rename.ts'
import { HELP, readOptions, type TortureOptions } from './options.ts'
import { createPlan } from './plan.ts'
import { verify } from './verify.ts'
import { createWorld, drained } from './world.ts'

const PATIENCE_MS = 300_000

async function main(): Promise<number> {
  let options: TortureOptions | undefined
  try {
    options = readOptions(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${(error as Error).message}; see --help\n`)
    return 2
  }
  if (options === undefined) {
    process.stdout.write(HELP)
    return 0
  }
  return await torture(options)
}

async function torture({ kills, seed, json, short }: TortureOptions): Promise<number> {
  const began = performance.now()
  const random = seededRandom(seed)
  const plan = createPlan(kills, random)
  const say = (text: string) => {
    const seconds = ((performance.now() - began) / 1000).toFixed(0).padStart(5)
    process.stderr.write(`[${seconds} s] ${text}\n`)
  }
  say(`seed ${seed}: ${plan.length} disturbances, ${kills} kills of a collector`)
  if (!(await canTrace()))
    say('strace may not trace here: kills at a rename are made when a directory changes')
  const world = await createWorld(random, short ? 20 : 30)
  const { ledger, sender } = world
  const killed = { collector: 0, engine: 0, none: 0 }
  const skipped: string[] = []
  try {
    for (const [i, disturbance] of plan.entries()) {
      const why = await disturbance.missing?.(world)
      say(`${i + 1}/${plan.length} ${disturbance.name}${why === undefined ? '' : `: skipped, ${why}`}`)
      if (why === undefined) {
        await disturbance.run(world, random)
        killed[disturbance.kills]++
      } else if (!skipped.includes(disturbance.name)) skipped.push(disturbance.name)
    }
    say(`${ledger.acknowledged} spans acknowledged; waiting until everything is stored`)
    await sender.finish()
    await drained(world, PATIENCE_MS)
    const { stored, lost, doubled, differing } = await verify(world.first.dataDir, ledger)
    const result = {
      kills: killed.collector + killed.engine,
      acknowledged: ledger.acknowledged,
      lost,
      doubled,
      differing_buckets: Object.values(differing).reduce((sum, count) => sum + count, 0),
      kills_of_collectors: killed.collector,
      kills_of_engines: killed.engine,
      stored,
      answers: Object.fromEntries(sender.answers),
      skipped,
      seconds: Math.round((performance.now() - began) / 1000),
      seed,
    }
    say(
      `${stored} spans stored; lost ${lost}, doubled ${doubled}, rollup buckets that differ ${JSON.stringify(differing)}`,
    )
    process.stdout.write(json ? `${JSON.stringify(result)}\n` : table(result))
    return lost + doubled + result.differing_buckets === 0 ? 0 : 1
  } finally {
    await world.close()
  }
}

function table(result: Record<string, unknown>): string {
  return Object.entries(result)
    .map(
      ([name, value]) => `${name.padEnd(20)} ${typeof value === 'object' ? JSON.stringify(value) : value}\n`,
    )
    .join('')
}

process.exitCode = await main()

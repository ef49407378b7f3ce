/**
 * What `npm run torture` can be told.
 *
 * Invariant: pure; an argument that is not known is refused with a sentence.
 */
import { parseArgs } from 'node:util'

export interface TortureOptions {
  /** Kills of a collector; the engine is killed half as often. */
  kills: number
  seed: string
  /** The last line of standard output is JSON, and nothing else is on it. */
  json: boolean
  short: boolean
}

export const HELP = `npm run torture: loses power, disk, network and patience, and looks whether every call is still counted once

usage: npm run torture -- [--short] [--kills N] [--seed TEXT] [--json]

  --kills N     kills of a collector; the engine is killed half as often (100, short: 4)
  --short       4 kills and less waiting between requests
  --seed TEXT   the same seed gives the same plan; the moments still depend on the machine
  --json        the last line of the output is {"kills":…,"acknowledged":…,"lost":…,"doubled":…}

Exit code 1 when a span was lost, counted twice, or a rollup differs from the rows; 2 for a bad argument.
`

/** Reads the arguments; `undefined` asks for the help. Throws when they cannot be understood. */
export function readOptions(argv: readonly string[]): TortureOptions | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      kills: { type: 'string' },
      seed: { type: 'string' },
      json: { type: 'boolean', default: false },
      short: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const kills = Number(values.kills ?? (values.short ? 4 : 100))
  if (!Number.isInteger(kills) || kills < 0)
    throw new Error(`cannot understand --kills ${values.kills}: give a whole number`)
  const { json, short } = values
  return { kills, seed: values.seed ?? String(Date.now()), json, short }
}

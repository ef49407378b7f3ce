/**
 * `npm run soak`: an even load for some minutes, with nothing going wrong, and a look at the memory all the while.
 *
 * Invariant: fails when heap or resident memory is still growing after the first third, or a span is lost or doubled.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { seededRandom } from '../../examples/provider/random.ts'
import { until } from '../drive.ts'
import { CollectorProcess } from '../torture/collector-process.ts'
import { Ledger } from '../torture/ledger.ts'
import { Sender } from '../torture/sender.ts'
import { verify } from '../torture/verify.ts'

const HELP = `npm run soak: an even load, and whether memory stays flat

usage: npm run soak -- [--minutes 5] [--json]
`
const LOOKS = 60
const MAX_GROWTH = 1.25
const SPARE_BYTES = 25e6

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '5' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const minutes = Number(values.minutes)
  if (!(minutes > 0)) {
    process.stderr.write(`cannot understand --minutes ${values.minutes}: give a number above 0\n`)
    return 2
  }
  const result = await soak(minutes)
  process.stdout.write(`${values.json ? JSON.stringify(result) : JSON.stringify(result, null, 2)}\n`)
  const { heap, resident, lost, doubled } = result
  return flat(heap) && flat(resident) && lost + doubled === 0 ? 0 : 1
}

interface Levels {
  /** Bytes: the least of several looks in the second and in the last third. */
  middle: number
  end: number
}

async function soak(minutes: number) {
  const root = await mkdtemp(join(tmpdir(), 'spanmeter-soak-'))
  const collector = await CollectorProcess.create({ dataDir: join(root, 'data'), config: '' })
  const heap: number[] = []
  const resident: number[] = []
  try {
    await collector.start()
    const ledger = new Ledger()
    const sender = new Sender({ ledger, urls: [collector.url], random: seededRandom('soak'), pauseMs: 0 })
    for (let look = 1; look <= LOOKS; look++) {
      await delay((minutes * 60_000) / LOOKS)
      heap.push(await collector.metric('nodejs_heap_size_used_bytes'))
      resident.push(await collector.metric('process_resident_memory_bytes'))
      const [h, r] = [heap, resident].map((list) => Math.round((list.at(-1) ?? 0) / 1e6))
      process.stderr.write(
        `${look} of ${LOOKS}: ${ledger.acknowledged} spans, heap ${h} MB, resident ${r} MB\n`,
      )
    }
    await sender.finish()
    await until(async () => (await collector.metric('spanmeter_spool_segments')) === 0, 120_000)
    const { lost, doubled } = await verify(collector.dataDir, ledger)
    const spans = ledger.acknowledged
    return { minutes, spans, lost, doubled, heap: levels(heap), resident: levels(resident) }
  } finally {
    await collector.stop()
    await rm(root, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 })
  }
}

/** What garbage collection leaves is the least of several looks; the first third is warming up. */
function levels(looks: readonly number[]): Levels {
  const third = Math.floor(looks.length / 3)
  return { middle: Math.min(...looks.slice(third, 2 * third)), end: Math.min(...looks.slice(-third)) }
}

function flat({ middle, end }: Levels): boolean {
  return end < middle * MAX_GROWTH + SPARE_BYTES
}

process.exitCode = await main()

/**
 * Spans per second through the whole collector: HTTP, protobuf, log on disk, ClickHouse, rollups; and what that
 * takes: CPU of each process, delay of the event loop, memory.
 *
 * Invariant: the collector and the engine alone are measured in turn, and medians of the rounds are compared.
 */
import type { Figure } from './figure.ts'
import { compareDecoders, type Decoder, median } from './ingest-parts/decode.ts'
import { type EndToEnd, endToEnd } from './ingest-parts/end-to-end.ts'
import { type EngineAlone, engineAlone } from './ingest-parts/engine.ts'

export const description =
  'Spans per second from HTTP request to stored rows and rollups, against the engine alone; and decoding against protobufjs, pbf and JSON.parse'

/** What the event loop may be held up, milliseconds. */
const DELAY_LIMIT = 50
/** How much memory of its own may grow in the second half of a run. */
const GROWTH_LIMIT = 1.25
const PEERS: readonly (readonly [Exclude<Decoder, 'ours'>, string])[] = [
  ['protobufjs', 'protobufjs 8 decoding alone'],
  ['pbf', 'pbf 5 decoding alone, compiled'],
  ['json', 'JSON.parse alone, of the same spans as JSON'],
]

/** Runs everything and reports. */
export async function run(report: (figure: Figure) => void, { quick }: { quick: boolean }): Promise<void> {
  const milliseconds = quick ? 3000 : 12_000
  const ours: EndToEnd[] = []
  const engine: EngineAlone[] = []
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    engine.push(await engineAlone(milliseconds))
    ours.push(await endToEnd(milliseconds))
  }
  reportRates(report, ours, engine)
  reportCosts(report, ours, engine)
  const decoders = compareDecoders(quick ? 5 : 15)
  for (const [peer, what] of PEERS) {
    report({
      name: `decode/${peer}`,
      value: Math.round(decoders.ours),
      unit: 'spans/CPU-s',
      against: `${what}: ${Math.round(decoders[peer])} spans/CPU-s`,
      ratio: decoders.ours / decoders[peer],
    })
  }
}

function reportRates(
  report: (figure: Figure) => void,
  ours: readonly EndToEnd[],
  engine: readonly EngineAlone[],
): void {
  const of = (pick: (one: EndToEnd) => number) => median(ours.map(pick))
  const alone = median(engine.map(({ rate }) => rate))
  const rate = of((one) => one.rate)
  report({
    name: 'end_to_end',
    value: Math.round(rate),
    unit: 'spans/s',
    against: `the engine alone, same rows in Native: ${Math.round(alone)} spans/s`,
    ratio: rate / alone,
  })
  const delay = of((one) => one.delayP99)
  report({
    name: 'event_loop_delay_p99',
    value: delay,
    unit: 'ms',
    against: `our limit: ${DELAY_LIMIT} ms; acknowledged in ${of((one) => one.ackP50).toFixed(0)} ms, p99 ${of((one) => one.ackP99).toFixed(0)} ms`,
    ratio: DELAY_LIMIT / delay,
  })
  const [half, end] = [of((one) => one.memoryHalfway), of((one) => one.memoryAtEnd)]
  report({
    name: 'memory_at_end',
    value: end / 1e6,
    unit: 'MB',
    against: `our limit: ${GROWTH_LIMIT} times that halfway, ${(half / 1e6).toFixed(0)} MB`,
    ratio: (half * GROWTH_LIMIT) / end,
  })
}

function reportCosts(
  report: (figure: Figure) => void,
  ours: readonly EndToEnd[],
  engine: readonly EngineAlone[],
): void {
  const of = (pick: (one: EndToEnd) => number) => median(ours.map(pick))
  const alone = median(engine.map(({ engineCpu }) => engineCpu))
  const collector = of((one) => one.collectorCpu)
  report({
    name: 'collector_cpu',
    value: collector,
    unit: 'us/span',
    against: `the engine's own, ready-made rows: ${alone.toFixed(1)} us/span; the sender here takes ${of((one) => one.senderCpu).toFixed(1)}`,
    ratio: alone / collector,
  })
  const engineCpu = of((one) => one.engineCpu)
  report({
    name: 'engine_cpu',
    value: engineCpu,
    unit: 'us/span',
    against: `the engine's own, ready-made rows: ${alone.toFixed(1)} us/span`,
    ratio: alone / engineCpu,
  })
}

/**
 * The demo: `npm run demo`. Everything that a user of Spanmeter would run, on one machine.
 *
 * Invariant: it ends within five seconds of being asked, leaves no process behind, and when a part dies it
 * says which and ends with a failure.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { seededRandom } from '../provider/random.ts'
import { createCallers } from './callers.ts'
import { type Child, lastWords, StartError } from './child.ts'
import { type DemoOptions, HELP, readOptions } from './options.ts'
import { type PartUrls, startParts } from './parts.ts'
import { formatTotals, readTotals, type Totals } from './totals.ts'
import { startTraffic, type Traffic } from './traffic.ts'

const TOTALS_EVERY_MS = 2_000
/** Of the five seconds: the services send what they have, then the collector stores it. */
const SERVICE_GRACE_MS = 1_800
const COLLECTOR_GRACE_MS = 2_800

const NOTHING: Totals = { calls: 0, tokens: 0, cost: '0', errors: 0, unpriced: 0 }

const stopping = new AbortController()
const children: Child[] = []
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort())

process.exitCode = await main()

async function main(): Promise<number> {
  let options: DemoOptions
  try {
    options = readOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${(error as Error).message}; see npm run demo -- --help`)
    return 2
  }
  if (options.help) {
    console.log(HELP)
    return 0
  }
  return await run(options)
}

async function run(options: DemoOptions): Promise<number> {
  let traffic: Traffic | undefined
  let failure: string | undefined
  let collectorUrl: string | undefined
  const begun = new Date()
  try {
    console.log('Starting Spanmeter and something to meter:')
    const starting = startParts({
      environment: process.env,
      port: options.port,
      dataDir: options.dataDir,
      children,
      announce(what, urls, child) {
        console.log(`  ${what}: ${urls.join(' and ')} (pid ${child.pid})`)
        void child.ended.then((how) => {
          if (stopping.signal.aborted) return
          const words = lastWords(child.lastLines())
          failure = `${child.name} ${how}, so the demo stops${words ? `: ${words}` : ''}`
          stopping.abort()
        })
      },
    })
    const urls = await Promise.race([starting, aborted(stopping.signal)])
    if (urls) {
      collectorUrl = urls.collector
      console.log(`\nDashboards: ${collectorUrl}/`)
      console.log(`The last minutes: ${collectorUrl}/?from=now-15m&to=now&refresh=5s`)
      console.log(
        `Real calls by the official SDKs follow; data stays in ${options.dataDir}. Ctrl-C ends it.\n`,
      )
      traffic = sendTraffic(urls, options.rate)
      if (options.duration !== undefined) setTimeout(() => stopping.abort(), options.duration).unref()
      await printTotals(collectorUrl, begun)
    }
  } catch (error) {
    failure = error instanceof StartError ? error.message : `the demo failed: ${String(error)}`
  }
  stopping.abort()
  await stopAll(traffic, collectorUrl, begun)
  if (failure) console.error(inOurWords(failure))
  return failure ? 1 : 0
}

function sendTraffic(urls: PartUrls, rate: number): Traffic {
  const random = seededRandom(`callers/${process.pid}`)
  return startTraffic({ rate, random, next: createCallers(random).next, urls })
}

/** Prints the totals until the demo stops: one living line on a terminal, else a line each time. */
async function printTotals(collectorUrl: string, begun: Date): Promise<void> {
  let before: { totals: Totals; at: number } | undefined
  while (!stopping.signal.aborted) {
    await delay(TOTALS_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    if (stopping.signal.aborted) break
    const now = new Date()
    const totals = await readTotals(collectorUrl, begun, now).catch(() => undefined)
    if (!totals) continue
    const seconds = before ? (now.getTime() - before.at) / 1000 : 0
    const line = formatTotals(totals, before?.totals, seconds)
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}`)
    else console.log(line)
    before = { totals, at: now.getTime() }
  }
  if (process.stdout.isTTY) process.stdout.write('\n')
}

/** Callers first, then the services (they send what they still hold), then the receiving end. */
async function stopAll(
  traffic: Traffic | undefined,
  collectorUrl: string | undefined,
  begun: Date,
): Promise<void> {
  console.log('Stopping …')
  await traffic?.stop()
  const services = children.filter((child) => child.name.endsWith('-api'))
  await Promise.all(services.map((child) => child.stop(SERVICE_GRACE_MS)))
  const totals = collectorUrl && (await readTotals(collectorUrl, begun, new Date()).catch(() => undefined))
  await Promise.all(children.map((child) => child.stop(COLLECTOR_GRACE_MS)))
  if (totals)
    console.log(`This demo: ${formatTotals(totals, NOTHING, (Date.now() - begun.getTime()) / 1000)}`)
}

/** The collector names its environment variables; here they are options. */
function inOurWords(sentence: string): string {
  return sentence.replace('SPANMETER_PORT', '--port').replace('SPANMETER_DATA_DIR', '--data-dir')
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

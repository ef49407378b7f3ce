/**
 * The demo's command line.
 *
 * Invariant: whatever is not understood is refused with a sentence; nothing is silently ignored.
 */
import { parseArgs } from 'node:util'

export interface DemoOptions {
  help: boolean
  /** Port of the collector. */
  port: number
  /** Requests a second to the two services, on average. */
  rate: number
  /** Stop by itself after so many milliseconds; `undefined` = at Ctrl-C. */
  duration: number | undefined
  dataDir: string
}

export const HELP = `npm run demo -- [options]

Starts the collector with its embedded ClickHouse, a local provider that speaks OpenAI's and Anthropic's
APIs, two example services, and callers who use them. Nothing leaves this machine and nothing is paid for.

  --port N        port of the collector and its dashboards (default 4318)
  --rate N        requests a second, on average (default 3)
  --for 20s       stop after so long (s, m or h); default: at Ctrl-C
  --data-dir DIR  where the data stays (default .spanmeter/demo)
  --help          this text`

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 }

/** @throws {Error} with a sentence about the first argument that is wrong */
export function readOptions(args: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      port: { type: 'string', default: '4318' },
      rate: { type: 'string', default: '3' },
      for: { type: 'string' },
      'data-dir': { type: 'string', default: '.spanmeter/demo' },
    },
  })
  return {
    help: values.help,
    port: within('--port', values.port, 0, 65_535, true),
    rate: within('--rate', values.rate, 0.1, 200, false),
    duration: values.for === undefined ? undefined : duration(values.for),
    dataDir: values['data-dir'],
  }
}

function within(name: string, text: string, low: number, high: number, whole: boolean): number {
  const value = Number(text)
  if (text !== '' && value >= low && value <= high && (!whole || Number.isInteger(value))) return value
  throw new Error(`${name} ${text}: want a ${whole ? 'whole ' : ''}number from ${low} to ${high}`)
}

function duration(text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text) ?? []
  const milliseconds = Number(amount) * (UNITS[unit] ?? Number.NaN)
  if (milliseconds > 0 && milliseconds <= 24 * 3_600_000) return milliseconds
  throw new Error(`--for ${text}: want a duration up to 24h, such as 20s, 5m or 1h`)
}

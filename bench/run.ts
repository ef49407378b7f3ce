/**
 * Runs one benchmark: `npm run bench -- NAME [options]`; without a name it lists them, `--help` tells the options.
 *
 * Invariant: a file of this folder that exports `run` and `description` is a benchmark, nothing is registered;
 * what a benchmark needs besides (a peer in a process of its own) is in a folder below.
 * With `--json` standard output holds one JSON object a line and nothing else.
 */
import { readdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Bench, Figure } from './figure.ts'

const folder = new URL('.', import.meta.url)

async function load(name: string): Promise<Bench | undefined> {
  const found: Partial<Bench> = await import(new URL(`${name}.ts`, folder).href)
  return typeof found.run === 'function' && typeof found.description === 'string'
    ? (found as Bench)
    : undefined
}

async function listBenches(): Promise<Map<string, Bench>> {
  const benches = new Map<string, Bench>()
  for (const file of (await readdir(folder)).sort()) {
    const name = /^([a-z][a-z0-9-]*)\.ts$/.exec(file)?.[1]
    if (!name || name === 'run' || name === 'figure') continue
    const bench = await load(name)
    if (bench) benches.set(name, bench)
  }
  return benches
}

const HELP = `npm run bench -- NAME [options]

  --quick            seconds instead of minutes: to see that it works, too short to quote
  --calls <n>        a store of so many calls instead of the usual number (queries, dashboard, export)
  --data <directory> keep the store of calls there, and use it again within a day; default: one that goes at the end
  --json             one JSON object a figure on standard output, and nothing else
  --help             this text

`

function row(figure: Figure): string {
  const value = figure.value.toLocaleString('en-US', { maximumSignificantDigits: 5 })
  return `${figure.name.padEnd(28)} ${value.padStart(14)} ${figure.unit.padEnd(12)} ${figure.ratio.toFixed(2).padStart(8)}x  ${figure.against}`
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      data: { type: 'string' },
      calls: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const name = positionals[0]
  const calls = values.calls === undefined ? undefined : Number(values.calls.replaceAll('_', ''))
  if (calls !== undefined && !(Number.isSafeInteger(calls) && calls >= 1000)) {
    console.error(`cannot make ${values.calls} calls: --calls takes a whole number from 1000 on`)
    return 2
  }
  if (values.help) console.log(HELP)
  const bench = name && /^[a-z][a-z0-9-]*$/.test(name) ? (await listBenches()).get(name) : undefined
  if (!bench) {
    if (name) console.error(`cannot run benchmark ${name}: there is no bench/${name}.ts; choose one of these`)
    for (const [known, { description }] of await listBenches())
      console.error(`  ${known.padEnd(12)} ${description}`)
    return name ? 2 : 0
  }
  if (values.help) {
    console.log(`${name}: ${bench.description}`)
    return 0
  }
  if (!values.json) {
    console.log(`${bench.description}\n`)
    console.log(
      `${'figure'.padEnd(28)} ${'value'.padStart(14)} ${'unit'.padEnd(12)} ${'ratio'.padStart(9)}  against`,
    )
  }
  const report = (figure: Figure) => console.log(values.json ? JSON.stringify(figure) : row(figure))
  await bench.run(report, { quick: values.quick, data: values.data, calls })
  return 0
}

process.exitCode = await main()

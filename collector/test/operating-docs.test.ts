/** `docs/operating.md` names what there is, and nothing else. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { configKeys } from '../src/config/keys.ts'
import { measureDisk } from '../src/disk-metrics.ts'
import { createMetrics } from '../src/metrics.ts'
import { SpanMemory } from '../src/receive/span-memory.ts'
import { Quarantine } from '../src/spool/quarantine.ts'

const text = await readFile(new URL('../../docs/operating.md', import.meta.url), 'utf8')
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
const code = (name: string | undefined) => (name === undefined ? '' : `\`${name}\``)

test('every key of the configuration has its row, with its variable and its default', () => {
  const table = rows.slice(
    rows.findIndex(([first]) => first === 'key') + 1,
    rows.findIndex(([first]) => first?.startsWith('in the data directory')),
  )
  expect(table.map(([key, variable, value]) => [key, variable, value])).toEqual(
    configKeys().map(({ path, variable, default: value }) => [
      code(path),
      code(variable),
      value === undefined ? 'none' : code(value),
    ]),
  )
})

test('every metric has its row with its type, and every row its metric', async () => {
  const { registry } = createMetrics(
    () => undefined,
    new SpanMemory({ maxSpans: 1, windowMs: 1 }),
    () => 0,
  )
  measureDisk(registry, '.', 1, new Quarantine('none'))
  const metrics = await registry.getMetricsAsJSON()
  const own = metrics.filter(({ name }) => name.startsWith('spanmeter_'))
  const documented = rows.filter(([first]) => first?.startsWith('`spanmeter_'))
  expect(documented.map(([name, type]) => [name, type]).sort()).toEqual(
    own.map(({ name, type }) => [code(name), String(type)]).sort(),
  )
  for (const [, name] of text.matchAll(/\b(spanmeter_[a-z_]+)/g)) {
    expect(own.map((metric) => metric.name)).toContain(name)
  }
})

test('every reason of a refusal is explained', async () => {
  const sources = await Promise.all(
    ['body', 'traces', 'wire', 'otlp-json', 'otlp-protobuf'].map((name) =>
      readFile(new URL(`../src/receive/${name}.ts`, import.meta.url), 'utf8'),
    ),
  )
  const reasons = sources.flatMap((source) =>
    [...source.matchAll(/new BadInput\(\s*\d+,\s*'(\w+)'/g)].map(([, reason]) => reason as string),
  )
  expect(new Set(reasons).size).toBeGreaterThan(5)
  for (const reason of reasons) expect(text).toContain(code(reason))
})

/** What the panels about credits, budgets, billing and the collector say, against the rows themselves. */
import { describe, expect, it } from 'vitest'
import { frameOfPanel, seeded, total, useSeeded } from './panel-frames.ts'
import { column, DAY, exact, HOUR, inRange, now, panelOf, rows, samples, value } from './panel-store.ts'
import { totalCost } from './seed.ts'

useSeeded()

describe('credits', () => {
  it('credits of all kinds are the cost in credits, and meters are of the kind that is configured', async () => {
    const of = async (width: number) => {
      const frame = await frameOfPanel(14, width, {}, 'customers')
      return frame.fields.slice(1).map(({ name, values }) => ({ name, sum: total(values.map(Number)) }))
    }
    for (const width of [HOUR, 7 * DAY]) {
      const cost = Number(exact(totalCost(inRange(width)))) / 1e12
      expect(total((await of(width)).map(({ sum }) => sum))).toBeCloseTo(cost * 100, 6)
    }
    const metered = (meter_name: string, cost: string, id: string) => ({
      ...rows.at(-1),
      ...{ meter_name, cost, span_id: id.padStart(16, '0'), is_call: true },
    })
    const before = await of(HOUR)
    await seeded.client.insert({
      table: 'spans',
      values: [metered('storage_mb', '0.5', 'a1'), metered('voice_minute', '0.25', 'a2')],
      format: 'JSONEachRow',
    })
    const kinds = Object.fromEntries((await of(HOUR)).map(({ name, sum }) => [name, sum]))
    expect(kinds).toMatchObject({ compute: 25, storage: 50 })
    expect(kinds.ai).toBeCloseTo(before.find(({ name }) => name === 'ai')?.sum ?? 0, 6)
    await seeded.client.command({
      query: "ALTER TABLE spans DELETE WHERE meter_name != '' SETTINGS mutations_sync = 1",
    })
  })
})

describe('budgets and alerts', () => {
  const panel = (id: number) => frameOfPanel(id, DAY, {}, 'budgets')

  it('budgets show how much is used, and their status', async () => {
    const frame = await panel(5)
    const shown = (name: string) => column(frame, name)
    expect(shown('whose')).toEqual(['tenant globex', 'tenant acme', 'tenant initech'])
    expect(shown('used')).toEqual([1, 0.82, 0.12])
    expect(shown('status')).toEqual(['at its limit', 'near its limit', 'active'])
    expect(shown('left_over')).toEqual([0, 18, 88])
    expect(value(await panel(1), 'reached')).toBe(1)
  })

  it('alerts are told with their severity and whether somebody read them', async () => {
    const frame = await panel(8)
    expect(column(frame, 'severity')).toEqual(['warning', 'critical', 'info'])
    expect(column(frame, 'state')).toEqual(['unread', 'unread', 'unread'])
    expect(value(await panel(2), 'firing')).toBe(2)
    expect(column(await panel(9), 'channel')).toEqual(['ops', 'pager'])
  })
})

describe('billing', () => {
  it('every state of an hour at Stripe stands in its colour, trouble first', async () => {
    const { panel } = panelOf('customers', 15)
    const frame = await frameOfPanel(15, DAY, {}, 'customers')
    const states = column(frame, 'state')
    expect(states).toEqual(['rejected', 'expired', 'drift', 'pending', 'sent', 'confirmed', 'skipped'])
    const tones = panel.kind === 'table' ? panel.columns.find(({ name }) => name === 'state')?.tones : {}
    expect(states.map((state) => tones?.[String(state)])).toEqual([
      ...['critical', 'lapsed', 'critical', 'quiet', 'info', 'good', 'warning'],
    ])
  })
})

describe('collector', () => {
  const panel = (id: number) => frameOfPanel(id, DAY, {}, 'collector')
  const of = (name: string, label = '') =>
    samples.filter(
      (row) =>
        row.name === name && row.label === label && Date.parse(`${row.at.replace(' ', 'T')}Z`) >= now - DAY,
    )

  it('counters are sums of what was added, gauges the newest', async () => {
    const accepted = total(of('spanmeter_receive_spans_total', 'accepted').map((row) => row.value))
    expect(value(await panel(1), 'spans')).toBe(accepted)
    expect(value(await panel(2), 'bytes')).toBe(of('spanmeter_spool_bytes').at(-1)?.value)
    expect(value(await panel(9), 'spans')).toBe(accepted)
    const refused = of('spanmeter_receive_requests_total', '400 malformed').length
    expect(refused).toBeGreaterThan(0)
    expect(value(await panel(3), 'requests')).toBe(refused)
  })
})

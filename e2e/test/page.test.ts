/**
 * The page in a real browser, over the real routes and the real engine.
 *
 * What a person sees must be what the API says, in both themes and at every width, without an error in the
 * console and without an accessibility violation.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApi } from '../../collector/src/api/app.ts'
import { createDashboardRoutes } from '../../collector/src/api/dashboards.ts'
import { seedRows } from '../../dashboards/test/seed.ts'
import { formatValue } from '../../dashboards/viewer/format.ts'
import { launchBrowser } from '../browser.ts'
import { type LoopbackServer, serveOnLoopback } from '../serve.ts'

const require = createRequire(import.meta.url)
let store: TestClickhouse
let server: LoopbackServer
let browser: Browser
let axe: string

beforeAll(async () => {
  ;[store, browser, axe] = await Promise.all([
    startTestClickhouse(),
    launchBrowser(),
    readFile(require.resolve('axe-core/axe.min.js'), 'utf8'),
  ])
  const now = () => new Date()
  const app = createDashboardRoutes({ reader: store.reader, now })
  app.route('/', createApi({ reader: store.reader, now }))
  server = await serveOnLoopback(app.fetch)
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await server?.close()
  await store?.close()
})

let seeding: Promise<unknown> | undefined
/** Fills the store, once. */
function seed(): Promise<unknown> {
  seeding ??= store.client.insert({
    table: 'spans',
    values: seedRows({ now: Date.now() - 60_000, days: 35, callsPerDay: 200 }),
    format: 'JSONEachRow',
  })
  return seeding
}

interface Look {
  readonly width?: number
  readonly dark?: boolean
  readonly path?: string
}

/** Opens the page and fails the test that uses it when the browser has anything to complain about. */
async function open(
  { width = 1400, dark = false, path = '/' }: Look,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({
    viewport: { width, height: 1000 },
    colorScheme: dark ? 'dark' : 'light',
    timezoneId: 'Europe/Berlin',
    locale: 'en-US',
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on(
    'console',
    (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()),
  )
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url) && !request.url().startsWith('blob:'))
      complaints.push(`asked ${request.url()}`)
  })
  try {
    await page.goto(server.url + path)
    await use(page)
    expect(complaints).toEqual([])
  } finally {
    await context.close()
  }
}

const drawn = (page: Page) => page.locator('.panel[aria-busy="false"]').nth(21).waitFor()
const stat = (page: Page, id: number) => page.locator(`[data-panel="${id}"] .value`)

async function violations(page: Page): Promise<unknown[]> {
  // As a debugger does it: the page's own policy lets no foreign script in.
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const runner = (
      globalThis as unknown as {
        axe: {
          run: (options: object) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>
        }
      }
    ).axe
    const result = await runner.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    })
    return result.violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.map(({ html }) => html.slice(0, 160)).slice(0, 3),
    }))
  })
}

describe('before the first call', () => {
  it('says how to send one, with its own address, and turns live by itself when it arrives', async () => {
    await open({}, async (page) => {
      await page.getByRole('heading', { name: 'One line in your service' }).waitFor()
      expect(await page.locator('.welcome').textContent()).toContain(`endpoint: '${server.url}'`)
      expect(await violations(page)).toEqual([])
      await seed()
      await drawn(page)
      expect(await page.locator('.welcome').count()).toBe(0)
    })
  })
})

describe('with calls', () => {
  beforeAll(seed)

  it('shows the totals that the API gives', async () => {
    const billing = async (period: string) => {
      const response = await fetch(
        `${server.url}/api/v1/analytics/billing?period=${period}&timezone=Europe/Berlin`,
      )
      return (await response.json()) as { summary: { totalCostExact: string } }
    }
    const [today, month] = await Promise.all([billing('today'), billing('month')])
    await open({}, async (page) => {
      await drawn(page)
      expect(await stat(page, 3).getAttribute('title')).toBe(exactOf(today.summary.totalCostExact))
      expect(await stat(page, 4).getAttribute('title')).toBe(exactOf(month.summary.totalCostExact))
      expect(await stat(page, 4).textContent()).toBe(formatValue(month.summary.totalCostExact, 'usd'))
    })
  })

  it('switches the range, says so in its address, and goes back', async () => {
    await open({}, async (page) => {
      await drawn(page)
      const day = await stat(page, 7).textContent()
      await page.getByRole('button', { name: /Last 24 hours/ }).click()
      await page.getByRole('button', { name: 'Last 30 days' }).click()
      expect(new URL(page.url()).search).toBe('?from=now-30d&to=now')
      await page.waitForFunction(
        (old) => document.querySelector('[data-panel="7"] .value')?.textContent !== old,
        day,
      )
      await page.goBack()
      await page.waitForFunction(
        (old) => document.querySelector('[data-panel="7"] .value')?.textContent === old,
        day,
      )
    })
  })

  it('filters by a variable, also from a link, and by a click on a provider', async () => {
    await open({ path: '/?var-provider=anthropic&timezone=utc' }, async (page) => {
      await drawn(page)
      expect(await page.locator('[data-panel="5"] .legend').textContent()).toMatch(/^anthropic/)
      expect(await page.locator('[data-panel="5"] .legend li').count()).toBe(1)
      await page.getByRole('button', { name: 'Provider: all again' }).click()
      await page.locator('[data-panel="5"] .legend li').nth(2).waitFor()
      await page.locator('[data-panel="16"]').getByRole('button', { name: 'google' }).click()
      expect(new URL(page.url()).searchParams.getAll('var-provider')).toEqual(['google'])
      await page.getByRole('button', { name: /^Provider google/ }).click()
      await page.getByRole('checkbox', { name: 'openai' }).check()
      expect(new URL(page.url()).searchParams.getAll('var-provider')).toEqual(['google', 'openai'])
    })
  })

  it('zooms by dragging across a chart and out by Escape', async () => {
    await open({}, async (page) => {
      await drawn(page)
      const box = await page.locator('[data-panel="5"] .u-over').boundingBox()
      if (!box) throw new Error('the chart is not there')
      await page.mouse.move(box.x + box.width * 0.25, box.y + 40)
      await page.mouse.down()
      await page.mouse.move(box.x + box.width * 0.5, box.y + 40, { steps: 5 })
      await page.mouse.up()
      await page.getByRole('button', { name: 'Zoom out' }).waitFor()
      const { searchParams } = new URL(page.url())
      const hours = (Number(searchParams.get('to')) - Number(searchParams.get('from'))) / 3_600_000
      expect(hours).toBeGreaterThan(5)
      expect(hours).toBeLessThan(7.5)
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: /Last 24 hours/ }).waitFor()
    })
  })

  it('changes its theme, keeps it, and draws the charts anew', async () => {
    await open({}, async (page) => {
      await drawn(page)
      const background = () =>
        page.evaluate(() => getComputedStyle(document.querySelector('.panel') as Element).backgroundColor)
      const light = await background()
      await page.getByRole('button', { name: /Theme: as the system/ }).click()
      await page.getByRole('button', { name: /Theme: light/ }).click()
      await page.getByRole('button', { name: /Theme: dark/ }).waitFor()
      expect(await background()).not.toBe(light)
      await page.reload()
      await drawn(page)
      expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark')
    })
  })

  it('shows the numbers of a chart as a table, which sorts', async () => {
    await open({}, async (page) => {
      await drawn(page)
      await page.getByRole('button', { name: 'Spend by provider as a table' }).click()
      const table = page.getByRole('region', { name: 'Spend by provider, table' })
      await table.getByRole('columnheader', { name: 'openai' }).getByRole('button').click()
      expect(await table.locator('th[aria-sort="descending"]').count()).toBe(1)
      const calls = page.getByRole('region', { name: 'Most expensive calls, table' })
      await calls.getByRole('button', { name: 'Cost' }).click()
      await calls.getByRole('button', { name: 'Cost' }).click()
      expect(await calls.locator('th[aria-sort]').getAttribute('aria-sort')).toBe('ascending')
    })
  })

  it('keeps its numbers and says that they are old when the collector does not answer', async () => {
    const context = await browser.newContext({ viewport: { width: 1400, height: 1000 }, locale: 'en-US' })
    const page = await context.newPage()
    await page.goto(`${server.url}/?refresh=`)
    await drawn(page)
    const before = await stat(page, 7).textContent()
    await context.setOffline(true)
    await page.getByRole('button', { name: 'Refresh now' }).click()
    await page.locator('[data-panel="7"] .stale').waitFor()
    expect(await stat(page, 7).textContent()).toBe(before)
    await context.setOffline(false)
    await page.locator('[data-panel="7"] .stale').click()
    await page.locator('[data-panel="7"] .stale').waitFor({ state: 'detached' })
    await context.close()
  })

  it('has words for a range without calls', async () => {
    await open({ path: '/?from=now-15s&to=now&refresh=' }, async (page) => {
      await drawn(page)
      expect(await page.locator('[data-panel="5"] .empty').textContent()).toBe('No calls in this range')
    })
  })

  it.each([
    { width: 1400, dark: false },
    { width: 1400, dark: true },
    { width: 1024, dark: false },
    { width: 390, dark: false },
    { width: 390, dark: true },
  ])('is accessible and fits at $width px, dark: $dark', async (look) => {
    await open(look, async (page) => {
      await drawn(page)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(look.width)
      expect(await violations(page)).toEqual([])
      await page.getByRole('button', { name: /Last 24 hours/ }).click()
      await page.getByRole('dialog', { name: 'Time range' }).waitFor()
      expect(await violations(page)).toEqual([])
    })
  })
})

/** As the page writes an exact amount. */
function exactOf(decimal: string): string {
  const [whole = '0', fraction = ''] = decimal.split('.')
  return `$${Number(whole).toLocaleString('en-US')}.${fraction.replace(/0+$/, '').padEnd(2, '0')}`
}

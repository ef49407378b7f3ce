/**
 * The page in a real browser over the real routes and a real engine, for tests.
 *
 * Invariant: whatever the browser complains about, or asks of another address, fails the test that uses it.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { startTestClickhouse } from '@spanmeter/clickhouse/testing'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { createApi } from '../collector/src/api/app.ts'
import { createDashboardRoutes } from '../collector/src/api/dashboards.ts'
import { seedRows } from '../dashboards/test/seed.ts'
import { seedCredits, seedLimits, seedPrices, seedSamples } from '../dashboards/test/seed-collector.ts'
import { launchBrowser } from './browser.ts'
import { serveOnLoopback } from './serve.ts'

const require = createRequire(import.meta.url)

/** How a page is looked at. */
export interface Look {
  readonly width?: number
  readonly dark?: boolean
  readonly path?: string
}

/** Starts the engine, the routes and the browser. */
export async function startTestPage() {
  const [store, browser, axe] = await Promise.all([
    startTestClickhouse(),
    launchBrowser(),
    readFile(require.resolve('axe-core/axe.min.js'), 'utf8'),
  ])
  const now = () => new Date()
  const app = createDashboardRoutes({ reader: store.reader, now })
  app.route('/', createApi({ reader: store.reader, now }))
  const server = await serveOnLoopback(app.fetch)
  let seeding: Promise<unknown> | undefined
  const fill = async () => {
    const rows = seedRows({ now: Date.now() - 60_000, days: 35, callsPerDay: 200 })
    const insert = (table: string, values: readonly object[]) =>
      store.client.insert({ table, values, format: 'JSONEachRow' })
    await insert('model_prices', seedPrices(rows))
    await insert('credit_rates', seedCredits(Date.now()))
    await insert('collector_samples', seedSamples({ now: Date.now(), hours: 7 }))
    for (const { table, rows: values } of seedLimits(Date.now())) await insert(table, values)
    await insert('spans', rows)
  }
  return {
    url: server.url,
    browser,
    /** Fills the store, once. */
    seed(): Promise<unknown> {
      seeding ??= fill()
      return seeding
    },
    /** Opens the page and fails when the browser has anything to complain about. */
    async open(
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
    },
    /** What axe finds. */
    async violations(page: Page): Promise<unknown[]> {
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
    },
    async close(): Promise<void> {
      await browser.close()
      await server.close()
      await store.close()
    },
  }
}

/** Waits until every panel of a dashboard has been drawn. */
export async function drawn(page: Page, panels = 22): Promise<void> {
  await page
    .locator('.panel[aria-busy="false"]')
    .nth(panels - 1)
    .waitFor()
}
/** The number of a stat. */
export const stat = (page: Page, id: number) => page.locator(`[data-panel="${id}"] .value`)

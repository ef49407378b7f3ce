/**
 * How long a browser takes from an address to the first paint of the page, and until the frames of the panels are there, with
 * nothing in its cache.
 *
 * Invariant: the collector's own routes over loopback; each visit is that of a new visitor.
 */
import { createDashboardRoutes } from '@spanmeter/collector/questions'
import { launchBrowser } from '../../e2e/browser.ts'
import { serveOnLoopback } from '../../e2e/serve.ts'
import type { Stored } from './stored.ts'

/** Milliseconds of each visit; the first one warms up and is not among them. */
export interface FirstPaints {
  readonly painted: number[]
  readonly framed: number[]
}

/** Visits the page so often, and once before. */
export async function firstPaints({ engine }: Stored, runs: number): Promise<FirstPaints> {
  const app = createDashboardRoutes({ reader: engine.reader, now: () => new Date() })
  const server = await serveOnLoopback(app.fetch)
  const browser = await launchBrowser()
  try {
    const times = { painted: [] as number[], framed: [] as number[] }
    for (let run = 0; run <= runs; run++) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
      const page = await context.newPage()
      await page.addInitScript(() => {
        new MutationObserver((_, observer) => {
          if (document.querySelector('#panels h2') === null) return
          observer.disconnect()
          requestAnimationFrame(() => performance.mark('framed'))
        }).observe(document, { childList: true, subtree: true })
      })
      await page.goto(server.url)
      // the browser tells of it a moment after it was made
      await page.waitForFunction(() =>
        ['first-contentful-paint', 'framed'].every((name) => performance.getEntriesByName(name).length > 0),
      )
      const [painted, framed] = await page.evaluate(() =>
        ['first-contentful-paint', 'framed'].map((name) => performance.getEntriesByName(name)[0]?.startTime),
      )
      if (run > 0) {
        times.painted.push(painted ?? Number.NaN)
        times.framed.push(framed ?? Number.NaN)
      }
      await context.close()
    }
    return times
  } finally {
    await browser.close()
    await server.close()
  }
}

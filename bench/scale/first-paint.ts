/**
 * How long a browser takes from an address to the first paint of the page, with nothing in its cache.
 *
 * Invariant: the collector's own routes over loopback; each visit is that of a new visitor.
 */
import { createDashboardRoutes } from '@spanmeter/collector/questions'
import { launchBrowser } from '../../e2e/browser.ts'
import { serveOnLoopback } from '../../e2e/serve.ts'
import type { Stored } from './stored.ts'

/** Milliseconds of each visit; the first one warms up and is not among them. */
export async function firstPaints({ engine }: Stored, runs: number): Promise<number[]> {
  const app = createDashboardRoutes({ reader: engine.reader, now: () => new Date() })
  const server = await serveOnLoopback(app.fetch)
  const browser = await launchBrowser()
  try {
    const times: number[] = []
    for (let run = 0; run <= runs; run++) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
      const page = await context.newPage()
      await page.goto(server.url)
      // the browser tells of it a moment after it was made
      await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0)
      const painted = await page.evaluate(
        () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
      )
      if (run > 0) times.push(painted)
      await context.close()
    }
    return times
  } finally {
    await browser.close()
    await server.close()
  }
}

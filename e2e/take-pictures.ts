/**
 * Takes the pictures of the page that the README shows: `npm run pictures -w e2e`.
 *
 * Invariant: they show the page as it is, with imaginary traffic and nothing painted over.
 */
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { launchBrowser } from './browser.ts'
import { startSeededPage } from './seeded-page.ts'

const directory = fileURLToPath(new URL('../docs/images/', import.meta.url))
await mkdir(directory, { recursive: true })
const [page, browser] = await Promise.all([startSeededPage(), launchBrowser()])
try {
  for (const [name, colorScheme, path, panels] of [
    ['overview', 'light', '/?from=now-30d&to=now', 22],
    ['overview-dark', 'dark', '/?from=now-30d&to=now', 22],
    ['models', 'light', '/d/spanmeter-models?from=now-30d&to=now', 10],
    ['customers', 'light', '/d/spanmeter-customers?from=now-30d&to=now', 13],
    ['reliability-dark', 'dark', '/d/spanmeter-reliability?from=now-7d&to=now', 11],
    ['budgets', 'light', '/d/spanmeter-budgets', 9],
    ['collector-dark', 'dark', '/d/spanmeter-collector', 9],
    ['why-this-number', 'light', '/?calls=sort:-cost', 22],
  ] as const) {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 1012 },
      deviceScaleFactor: 1.5,
      colorScheme,
      locale: 'en-US',
      timezoneId: 'Europe/Berlin',
    })
    const tab = await context.newPage()
    await tab.goto(page.url + path)
    await tab
      .locator('.panel[aria-busy="false"]')
      .nth(panels - 1)
      .waitFor()
    if (name === 'why-this-number') {
      await tab.locator('.calls button').first().click()
      await tab.locator('.verdict').waitFor()
    }
    await tab.waitForLoadState('networkidle')
    await tab.screenshot({ path: `${directory}${name}.png` })
    await context.close()
  }
} finally {
  await browser.close()
  await page.close()
}

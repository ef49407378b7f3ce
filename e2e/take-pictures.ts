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
  for (const [name, colorScheme] of [
    ['overview', 'light'],
    ['overview-dark', 'dark'],
  ] as const) {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 1012 },
      deviceScaleFactor: 1.5,
      colorScheme,
      locale: 'en-US',
      timezoneId: 'Europe/Berlin',
    })
    const tab = await context.newPage()
    await tab.goto(`${page.url}/?from=now-30d&to=now`)
    await tab.locator('.panel[aria-busy="false"]').nth(21).waitFor()
    await tab.waitForLoadState('networkidle')
    await tab.screenshot({ path: `${directory}${name}.png` })
    await context.close()
  }
} finally {
  await browser.close()
  await page.close()
}

/**
 * The page in a real browser, over the real routes and the real engine.
 *
 * What a person sees must be what the API says, in both themes and at every width, without an error in the
 * console and without an accessibility violation.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatValue } from '../../dashboards/viewer/format.ts'
import { drawn, startTestPage, stat } from '../test-page.ts'

let test: Awaited<ReturnType<typeof startTestPage>>
beforeAll(async () => {
  test = await startTestPage()
}, 120_000)
afterAll(() => test?.close())

describe('before the first call', () => {
  it('says how to send one, with its own address, and turns live by itself when it arrives', async () => {
    await test.open({}, async (page) => {
      const asked: string[] = []
      page.on('request', (request) => asked.push(request.url()))
      await page.reload()
      await page.getByRole('heading', { name: 'One line in your service' }).waitFor()
      expect(await page.locator('.welcome').textContent()).toContain(`endpoint: '${test.url}'`)
      expect(asked.filter((url) => url.includes('/panels/'))).toEqual([])
      expect(await test.violations(page)).toEqual([])
      await test.seed()
      await drawn(page)
      expect(await page.locator('.welcome').count()).toBe(0)
    })
  })
})

describe('with calls', () => {
  beforeAll(() => test.seed())

  it('shows the totals that the API gives', async () => {
    const billing = async (period: string) => {
      const response = await fetch(
        `${test.url}/api/v1/analytics/billing?period=${period}&timezone=Europe/Berlin`,
      )
      return (await response.json()) as { summary: { totalCostExact: string } }
    }
    const [today, month] = await Promise.all([billing('today'), billing('month')])
    await test.open({}, async (page) => {
      await drawn(page)
      expect(await stat(page, 3).getAttribute('title')).toBe(exactOf(today.summary.totalCostExact))
      expect(await stat(page, 4).getAttribute('title')).toBe(exactOf(month.summary.totalCostExact))
      expect(await stat(page, 4).textContent()).toBe(formatValue(month.summary.totalCostExact, 'usd'))
    })
  })

  it('switches the range, says so in its address, and goes back', async () => {
    await test.open({}, async (page) => {
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
    await test.open({ path: '/?var-provider=anthropic&timezone=utc' }, async (page) => {
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
    await test.open({}, async (page) => {
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

  it('reads a chart bucket by bucket with the arrow keys', async () => {
    await test.open({ path: '/?from=now-7d&to=now' }, async (page) => {
      await drawn(page)
      const chart = page.getByRole('slider', { name: /^Chart: Spend by provider\. Totals: / })
      const words = () => chart.getAttribute('aria-valuetext')
      const tooltip = page.locator('[data-panel="5"] .tooltip')
      await chart.focus()
      await page.keyboard.press('Home')
      const first = await words()
      expect(await chart.getAttribute('aria-valuenow')).toBe('0')
      await page.keyboard.press('ArrowRight')
      expect(await chart.getAttribute('aria-valuenow')).toBe('1')
      expect(await words()).not.toBe(first)
      await page.keyboard.press('PageUp')
      const named = (await words())?.split(/[:,] /) ?? []
      for (const part of named.slice(2, -1))
        expect(await tooltip.textContent()).toContain(part.slice(part.lastIndexOf(' ') + 1))
      await page.keyboard.press('End')
      await page.keyboard.press('ArrowRight')
      expect(await chart.getAttribute('aria-valuenow')).toBe(await chart.getAttribute('aria-valuemax'))
      const address = page.url()
      await page.keyboard.press('Escape')
      await tooltip.waitFor({ state: 'detached' })
      expect(page.url()).toBe(address)
      expect(await test.violations(page)).toEqual([])
    })
  })

  it('changes its theme, keeps it, and draws the charts anew', async () => {
    await test.open({}, async (page) => {
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
    await test.open({}, async (page) => {
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
    const context = await test.browser.newContext({
      viewport: { width: 1400, height: 1000 },
      locale: 'en-US',
    })
    const page = await context.newPage()
    await page.goto(`${test.url}/?refresh=`)
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
    await test.open({ path: '/?from=now-15s&to=now&refresh=' }, async (page) => {
      await drawn(page)
      expect(await page.locator('[data-panel="5"] .empty').textContent()).toBe('No calls in this range')
    })
  })

  it('says that filters may be why there is nothing, and what is wrong with a range of an address', async () => {
    await test.open({ path: `/?var-tenant=${encodeURIComponent(`o'b"x\\`)}&refresh=` }, async (page) => {
      await drawn(page)
      expect(await page.locator('[data-panel="5"] .empty').textContent()).toBe(
        'No calls in this range with these filters',
      )
      await page.goto(`${test.url}/?from=now&to=now-1h`)
      expect(await page.locator('.notice.bad').textContent()).toBe(
        'The range from “now” to “now-1h” ends before it begins. Choose a range above.',
      )
      await page.goto(`${test.url}/?call=nonsense@1`)
      expect(await page.getByRole('dialog').locator('.notice').textContent()).toContain(
        '“nonsense” names no call',
      )
    })
  })

  it('is drawn in a browser whose language is none', async () => {
    await test.open({}, async (page) => {
      await page.addInitScript(() =>
        Object.defineProperty(Navigator.prototype, 'language', { get: () => 'en-US@posix' }),
      )
      await page.reload()
      await drawn(page)
    })
  })

  // in every look: `page-dashboards.slow.test.ts`
  it.each([
    { width: 1400, dark: false },
    { width: 390, dark: true },
  ])('is accessible and fits at $width px, dark: $dark', async (look) => {
    await test.open(look, async (page) => {
      await drawn(page)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(look.width)
      expect(await test.violations(page)).toEqual([])
      await page.getByRole('button', { name: /Last 24 hours/ }).click()
      await page.getByRole('dialog', { name: 'Time range' }).waitFor()
      expect(await test.violations(page)).toEqual([])
    })
  })
})

/** As the page writes an exact amount. */
function exactOf(decimal: string): string {
  const [whole = '0', fraction = ''] = decimal.split('.')
  return `$${Number(whole).toLocaleString('en-US')}.${fraction.replace(/0+$/, '').padEnd(2, '0')}`
}

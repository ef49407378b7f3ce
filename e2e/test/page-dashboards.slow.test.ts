/** All dashboards on the page, the way between them, and the way from a number to the price of one call. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { dashboards } from '../../dashboards/src/registry.ts'
import { drawn, startTestPage, stat } from '../test-page.ts'

let test: Awaited<ReturnType<typeof startTestPage>>
beforeAll(async () => {
  test = await startTestPage()
  await test.seed()
}, 120_000)
afterAll(() => test?.close())

const WIDTHS = [390, 1024, 1400]
const LOOKS = WIDTHS.flatMap((width) => [true, false].map((dark) => ({ width, dark })))

it.each(
  dashboards.flatMap((dashboard) => LOOKS.map((look) => ({ ...look, dashboard, title: dashboard.title }))),
)(
  '$title fits $width px, dark: $dark, is accessible and draws every panel',
  async ({ width, dark, dashboard }) => {
    await test.open({ width, dark, path: `/d/${dashboard.uid}` }, async (page) => {
      await drawn(page, dashboard.panels.length)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
      expect(await page.locator('.failed').allTextContents()).toEqual([])
      expect(await test.violations(page)).toEqual([])
    })
  },
)

it.each(LOOKS)('the choice of a range is accessible at $width px, dark: $dark', async (look) => {
  await test.open(look, async (page) => {
    await drawn(page)
    await page.getByRole('button', { name: /Last 24 hours/ }).click()
    await page.getByRole('dialog', { name: 'Time range' }).waitFor()
    expect(await test.violations(page)).toEqual([])
  })
})

it('goes from one dashboard to the next and keeps filters and a chosen range', async () => {
  await test.open({ path: '/?from=now-7d&to=now&var-provider=anthropic' }, async (page) => {
    await drawn(page)
    await page.getByRole('link', { name: 'Reliability' }).click()
    await page.getByRole('heading', { level: 1, name: 'Reliability' }).waitFor()
    expect(page.url()).toBe(`${test.url}/d/spanmeter-reliability?from=now-7d&to=now&var-provider=anthropic`)
    await drawn(page, 11)
    expect(await page.locator('[data-panel="7"] .legend').textContent()).toBe('anthropic')
    await page.goBack()
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    await drawn(page)
  })
})

it('takes the usual range of a dashboard when none was chosen', async () => {
  await test.open({}, async (page) => {
    await drawn(page)
    await page.getByRole('link', { name: 'Customers and features' }).click()
    await page.getByRole('button', { name: /Last 7 days/ }).waitFor()
    expect(page.url()).toBe(`${test.url}/d/spanmeter-customers`)
  })
})

it('follows a total to its calls and one of them to its price, by keyboard, and back', async () => {
  await test.open({ path: '/?from=now-30d&to=now&var-provider=openai' }, async (page) => {
    await drawn(page)
    const panel = page.locator('[data-panel="8"]')
    const failed = await panel.locator('.caption b').textContent()
    await panel.getByRole('button', { name: 'Calls behind Error rate' }).focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Calls' })
    await dialog.locator('.calls li').first().waitFor()
    expect(new URL(page.url()).searchParams.get('calls')).toBe('status:error')
    expect(await dialog.locator('.calls li').count()).toBe(Math.min(Number(failed), 50))
    expect(await test.violations(page)).toEqual([])
    await dialog.getByRole('combobox', { name: 'Which calls' }).selectOption('All calls')
    await dialog.getByRole('combobox', { name: 'Order' }).selectOption('Most expensive')
    await page.waitForFunction(() => document.querySelectorAll('.calls li').length === 50)
    await page.waitForFunction(() => document.querySelector('.calls .amount')?.textContent?.startsWith('$'))
    const amount = await dialog.locator('.amount').first().getAttribute('title')
    await dialog.locator('.calls button').first().focus()
    await page.keyboard.press('Enter')
    const one = page.getByRole('dialog', { name: 'One call' })
    expect(await one.locator('.call-cost b').textContent()).toBe(amount)
    expect(await one.locator('.verdict').textContent()).toContain('The parts sum to the cost')
    expect(await one.locator('tfoot .number').first().textContent()).toBe(amount)
    expect(await test.violations(page)).toEqual([])
    const link = page.url()
    await one.getByRole('button', { name: 'All calls' }).click()
    await dialog.waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(new URL(page.url()).searchParams.get('calls')).toBeNull()
    await page.goto(link)
    await one.locator('.verdict').waitFor()
  })
})

it('opens a call from a table, and chooses a value by a press on it', async () => {
  await test.open({ path: '/?from=now-7d&to=now' }, async (page) => {
    await drawn(page)
    const table = page.getByRole('region', { name: 'Most expensive calls, table' })
    await table.getByRole('button', { name: 'Details' }).first().click()
    await page.locator('.verdict').waitFor()
    await page.getByRole('button', { name: 'Close' }).click()
    // the dearest call of all may be nobody's
    const tenant = table.locator('tbody td:nth-child(4)').getByRole('button').first()
    const name = await tenant.textContent()
    await tenant.click()
    expect(new URL(page.url()).searchParams.get('var-tenant')).toBe(name)
  })
})

it('shows one panel alone, as Grafana does, and without its frame in a kiosk', async () => {
  await test.open({ path: '/?viewPanel=7&kiosk' }, async (page) => {
    await stat(page, 7).waitFor()
    expect(await page.locator('.panel').count()).toBe(1)
    expect(await page.locator('.toolbar').count()).toBe(0)
    expect(await page.locator('.variables').isVisible()).toBe(false)
  })
})

it('has a visible way back from one panel to all', async () => {
  await test.open({ path: '/?viewPanel=7' }, async (page) => {
    await stat(page, 7).waitFor()
    const back = page.getByRole('button', { name: 'Show all panels' })
    expect(await page.locator('.tools').evaluate((tools) => getComputedStyle(tools).opacity)).toBe('1')
    await back.click()
    await drawn(page)
    expect(page.url()).toBe(`${test.url}/`)
  })
})

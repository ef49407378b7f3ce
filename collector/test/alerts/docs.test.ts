/** The page about alerts names every kind of rule and channel, with the defaults that they have. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { NOTIFIERS } from '../../src/alerts/notifiers/built-in.ts'
import { RULE_KINDS } from '../../src/alerts/rules/built-in.ts'

const page = readFileSync(new URL('../../../docs/alerts.md', import.meta.url), 'utf8')
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()))

function duration(seconds: number): string {
  if (seconds > 0 && seconds % 3600 === 0) return `${seconds / 3600} h`
  return seconds > 0 && seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`
}

test('every kind of rule has its row, with its settings and when it is told', () => {
  for (const { kind, settings, defaults } of RULE_KINDS) {
    const row = rows.find(([, name]) => name === `\`${kind}\``)
    const { severity, forSeconds, keepSeconds } = defaults
    expect([kind, row?.[4]]).toEqual([kind, `${severity}, ${duration(forSeconds)}, ${duration(keepSeconds)}`])
    for (const name of Object.keys(settings).filter((one) => one !== 'by' && one !== 'only'))
      expect(row?.[3], `${kind} ${name}`).toContain(`\`${name}\``)
  }
})

test('every kind of channel has its row, with its settings', () => {
  for (const { type, settings } of NOTIFIERS) {
    const row = rows.find(([, name]) => name === `\`${type}\``)
    for (const name of Object.keys(settings)) expect(row?.[2], `${type} ${name}`).toContain(`\`${name}\``)
  }
})

test('whether a rule takes a scope is what the page says', () => {
  const without = (setting: string) =>
    RULE_KINDS.filter(({ settings }) => !(setting in settings)).map(({ kind }) => kind)
  expect(without('by')).toEqual(['budget', 'provider_down', 'ingest_stopped', 'completeness', 'ledger_drift'])
  expect(without('only')).toEqual(['budget', 'ingest_stopped', 'completeness', 'ledger_drift'])
  expect(z.strictObject(RULE_KINDS[1]?.settings ?? {}).safeParse({ usd: '0' }).success).toBe(false)
})

/** What is wrong with a configuration is said in words of people, all of it at once. */
import { expect, test } from 'vitest'
import { readConfig } from './read.ts'

test('names every fault where it is', () => {
  const yaml = `
alerts: { rules: [{ kind: spend, thresholds: [50] }, { name: x, kind: no }] }
budgets: [{ id: a, limit: many }, { limit: 1, colour: red }]
`
  const faults = (() => {
    try {
      readConfig({}, yaml)
      return ''
    } catch (error) {
      return (error as Error).message
    }
  })()
  expect(
    faults
      .split('\n')
      .map((line) => line.trim())
      .sort(),
  ).toEqual([
    'alerts.rules.0.name: is missing',
    'alerts.rules.0.usd: is missing',
    expect.stringMatching(/^alerts\.rules\.1\.kind: /),
    'budgets.0.limit: is no decimal of 0 or more, such as 25 or "0.001"',
    'budgets.1.id: is missing',
    'budgets.1: Unrecognized key: "colour"',
    'cannot use the configuration:',
  ])
})

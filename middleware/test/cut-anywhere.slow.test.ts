/**
 * Answers too large for every run are cut in two here, and the result does not depend on where: at every byte of
 * their ends and at one of seven between; at each one where `SPANMETER_FULL_MATRIX` is set.
 */
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { PROVIDERS } from '../src/providers/registry.ts'
import { casesOf, FIXTURES, isLarge, load, meter } from './describe-provider.ts'

/** What is special is at the ends: the first event, the usage. */
const END = 2_000

function isCut(at: number, length: number): boolean {
  return process.env.SPANMETER_FULL_MATRIX === '1' || at < END || at >= length - END || at % 7 === 0
}

for (const provider of PROVIDERS) {
  const cases = casesOf(provider.name).map((name) => ({
    name,
    fixture: load(new URL(`${provider.name}/${name}/`, FIXTURES)),
  }))
  const large = cases.filter(({ fixture }) => isLarge(fixture))
  if (large.length === 0) continue
  describe(`provider ${provider.name}`, () => {
    for (const { name, fixture } of large) {
      it(`${name}: the same wherever its ${fixture.answer.length} bytes are cut`, {
        timeout: 600_000,
      }, () => {
        const whole = meter(provider, fixture, [])
        for (let at = 0; at < fixture.answer.length; at++) {
          if (!isCut(at, fixture.answer.length)) continue
          const settled = meter(provider, fixture, [at])
          if (!isDeepStrictEqual(settled, whole)) expect({ at, ...settled }).toEqual({ at, ...whole })
        }
      })
    }
  })
}

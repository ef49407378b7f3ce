/** Answers too large for every run are cut in two at every byte here: the result does not depend on where. */
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { PROVIDERS } from '../src/providers/registry.ts'
import { casesOf, FIXTURES, isLarge, load, meter } from './describe-provider.ts'

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
          const settled = meter(provider, fixture, [at])
          if (!isDeepStrictEqual(settled, whole)) expect({ at, ...settled }).toEqual({ at, ...whole })
        }
      })
    }
  })
}

import { expect, it } from 'vitest'
import { rateLimitHeadroom } from './rate-limit.ts'

function check(headers: Record<string, string>, want: number | undefined): void {
  expect(rateLimitHeadroom(new Headers(headers))).toBe(want)
}

it('takes the tightest limit that the provider tells', () => {
  check({ 'x-ratelimit-limit-requests': '200', 'x-ratelimit-remaining-requests': '150' }, 0.75)
  check(
    {
      'x-ratelimit-limit-requests': '200',
      'x-ratelimit-remaining-requests': '150',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '100',
    },
    0.1,
  )
  check({ 'anthropic-ratelimit-tokens-limit': '80000', 'anthropic-ratelimit-tokens-remaining': '0' }, 0)
})

it('says nothing where the headers say nothing that can be read', () => {
  check({}, undefined)
  check({ 'x-ratelimit-limit-requests': '0', 'x-ratelimit-remaining-requests': '0' }, undefined)
  check({ 'x-ratelimit-limit-requests': '10' }, undefined)
  check({ 'x-ratelimit-limit-requests': '10', 'x-ratelimit-remaining-requests': '11' }, undefined)
  check({ 'x-ratelimit-limit-requests': 'many', 'x-ratelimit-remaining-requests': 'some' }, undefined)
})

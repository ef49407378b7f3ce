import { expect, it } from 'vitest'
import { checkOptions, OPTIONS } from './check-options.ts'

const check = (given: unknown) => () => checkOptions(given, OPTIONS, 'app.use(spanmeter({ … }))')
class Config {
  service = 'chat'
  endpoint = 'http://127.0.0.1:4318'
}

it('takes what exists', () => {
  check({})()
  check({ service: 'chat', tenant: () => 'acme', agent: { id: 'a' }, limits: true, apis: [] })()
  check({ service: undefined, limits: { waitMs: 5, injectMaxTokens: true } })()
  check(Object.assign(Object.create(null), { user: 'ada' }))()
  check(new Config())()
})

it('names the option that was probably meant', () => {
  expect(check({ tenent: 'acme' })).toThrow('there is no option `tenent`; write `tenant`')
  expect(check({ endPoint: 'http://x' })).toThrow('there is no option `endPoint`; write `endpoint`')
  expect(check({ limits: { waitMS: 5 } })).toThrow('there is no option `limits.waitMS`; write `waitMs`')
  expect(check({ colour: 'red' })).toThrow(
    'there is no option `colour`; those that there are: service, environment',
  )
})

it('tells every fault at once, and no value', () => {
  const secret = 'sk-secret'
  const faults = check({
    token: [secret],
    tenant: 7,
    headers: secret,
    apis: {},
    limits: secret,
    serviceName: secret,
  })
  expect(faults).toThrow(
    [
      'cannot use the options of spanmeter: `token` is a list and has to be text',
      '`tenant` is a number and has to be text or function',
      '`headers` is a string and has to be an object',
      '`apis` is an object and has to be a list',
      '`limits` is no boolean or object',
      'there is no option `serviceName`',
    ].join('; '),
  )
  expect(faults).not.toThrow(secret)
})

it('knows a function, a request and nothing from options', () => {
  expect(check(null)).toThrow(
    'cannot meter with null in the place of options; write app.use(spanmeter({ … }))',
  )
  expect(check(function listener() {})).toThrow('with the function listener in the place of options')
  expect(check(new Request('http://shop.example'))).not.toThrow('there is no option')
  expect(check(Object.assign(new Config(), { app: 1 }))).toThrow(
    'with an object of Config in the place of options',
  )
})

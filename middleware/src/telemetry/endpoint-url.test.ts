import { expect, it } from 'vitest'
import { endpointUrl } from './endpoint-url.ts'

it('finds a path below the base, however the base is given', () => {
  const check = (endpoint: string, want: string | undefined) =>
    expect(endpointUrl(endpoint, '/v1/leases')).toBe(want)
  check('http://127.0.0.1:4318', 'http://127.0.0.1:4318/v1/leases')
  check('https://otel.example/spanmeter/', 'https://otel.example/spanmeter/v1/leases')
  check('https://otel.example/spanmeter/v1/traces/', 'https://otel.example/spanmeter/v1/leases')
  check('https://otel.example/v1/traces', 'https://otel.example/v1/leases')
  check('localhost:4318', undefined)
  check('', undefined)
})

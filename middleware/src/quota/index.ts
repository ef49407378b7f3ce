/** What the collector shares with the middleware: the protocol of the leases, its amounts, and both ends' names. */
export { formatAmount, parseAmount } from './amount.ts'
export {
  LeaseClient,
  type LeaseClientOptions,
} from './lease-client.ts'
export { createMatcher, type Match, type Matcher, subjectOf } from './matcher.ts'
export * from './protocol.ts'

/** Exact prices for calls, as the middleware and the collector compute them: `@spanmeter/middleware/pricing`. */
export { priceVersion } from './price-book.ts'
export { type RateInput, type Rating, rate } from './rate.ts'
export { type Buckets, toBuckets, type Usage } from './usage.ts'

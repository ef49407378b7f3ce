/** Exact prices for calls, as the middleware and the collector compute them: `@spanmeter/middleware/pricing`. */
export { priceBookOf } from '../providers/price-books.ts'
export { type CostExplanation, type CostPart, explain, type ListPrices, listPrices } from './explain.ts'
export { newestPrice, priceVersion } from './price-book.ts'
export { type RateInput, type Rating, rate } from './rate.ts'
export { costOf, type MeterPrice } from './rate-meter.ts'
export { type Buckets, toBuckets, type Usage } from './usage.ts'

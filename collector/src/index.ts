/** The collector as a library: what the command line starts. Public names, nothing else. */
export { type Collector, type CollectorOptions, startCollector } from './collector.ts'
export { ConfigError } from './config/error.ts'
export { readConfig } from './config/read.ts'
export type { CollectorConfig } from './config/schema.ts'

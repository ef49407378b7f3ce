/** The collector as a library: what the command line starts. Public names, nothing else. */
export { type Collector, type CollectorOptions, startCollector } from './collector.ts'
export { type CollectorConfig, ConfigError, readConfig } from './config.ts'

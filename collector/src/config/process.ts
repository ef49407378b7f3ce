/** The process itself: where it listens, where it keeps its files, what it says, how long it may take to stop. */
import { z } from 'zod'
import { defineSection, whole } from './section.ts'

const shape = {
  port: whole(0, 65535).default(4318),
  host: z.string().min(1).default('127.0.0.1'),
  dataDir: z.string().min(1).default('.spanmeter'),
  stopWithinMs: whole(3_000, 3_600_000).default(5_000),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
}

/** `port`, `host`, `dataDir`, `stopWithinMs`, `logLevel`. */
export const processSection = defineSection(shape, {
  SPANMETER_PORT: ['port'],
  SPANMETER_HOST: ['host'],
  SPANMETER_DATA_DIR: ['dataDir'],
  SPANMETER_STOP_WITHIN_MS: ['stopWithinMs'],
  SPANMETER_LOG_LEVEL: ['logLevel'],
})

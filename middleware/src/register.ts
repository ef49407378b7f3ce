/**
 * Instruments a service without a code change: `node --import @spanmeter/middleware/register app.js`.
 *
 * Invariant: the service starts, runs and ends as it would without; what is wrong with the configuration is a
 * warning of the process, and then nothing is metered. The only file of the package that reads the process.
 */
import { flush, install, shutdown } from './install.ts'
import { readOptions } from './register-options.ts'

function register(): void {
  try {
    install(readOptions(process.env))
  } catch (error) {
    process.emitWarning(`nothing is metered: ${(error as Error).message}`, 'SpanmeterWarning')
    return
  }
  process.once('beforeExit', () => void flush())
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void leave(signal))
}

/** Sends what is left; a signal that nobody else handles then does what it does by default. */
async function leave(signal: NodeJS.Signals): Promise<void> {
  if (process.listenerCount(signal) > 0) return flush()
  await shutdown()
  process.kill(process.pid, signal)
}

register()

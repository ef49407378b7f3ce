/**
 * `run()` and `runs`: a job, a report, an agent's task, as one unit with a beginning, an end and a status.
 *
 * Invariant: what the work returns or throws is what the caller gets.
 */
import { OpenRun, type Run, type RunOptions, runAttributes } from './open-run.ts'
import { admitRun, type RunLimits } from './run-limits.ts'

/** Options of a run that is given its work. */
export interface RunWorkOptions extends RunOptions {
  /** Aborted = the run is cancelled, however the work ends. It is the work that has to heed it. */
  signal?: AbortSignal | undefined
}

/**
 * Does `work` as a run. Calls and meters inside carry the run's id; its span carries how it ended: `success` where
 * the work returned, `failed` where it threw, `cancelled` where `signal` was aborted or an `AbortError` thrown. What
 * the work says itself (`run.cancel()`) counts before that.
 *
 * Where limits are kept, a run is set aside in the budgets of runs first.
 *
 * @throws {BudgetExceededError} where there is no room for it; then nothing was done
 *
 * @example
 * ```ts
 * await run('nightly-report', async (run) => {
 *   const commits = await readCommits()
 *   run.set({ commits_processed: commits.length })
 *   return summarise(commits)
 * }, { tenant: 'acme', kind: 'scheduled', config, ref: { repository_id: 'r_12' } })
 * ```
 */
export async function run<T>(
  name: string,
  work: (run: Run) => T | PromiseLike<T>,
  options: RunWorkOptions = {},
): Promise<T> {
  const open = new OpenRun(name, options, await admitted(options))
  const { signal } = options
  try {
    const result = await open.within(() => work(open))
    if (signal?.aborted) open.cancel(abortCode(signal))
    else open.succeed()
    return result
  } catch (error) {
    if (signal?.aborted) open.cancel(abortCode(signal))
    else if ((error as { name?: unknown } | null | undefined)?.name === 'AbortError')
      open.cancel('AbortError')
    else open.fail(error)
    throw error
  }
}

function abortCode(signal: AbortSignal): string {
  const { name } = (signal.reason ?? {}) as { name?: unknown }
  return typeof name === 'string' && name !== '' ? name : 'AbortError'
}

/** Runs whose beginning and end lie in different places. */
export const runs: {
  /**
   * Begins a run that `succeed()`, `fail()` or `cancel()` ends.
   *
   * @example
   * ```ts
   * const run = runs.start('import', { tenant: 'acme' })
   * await run.within(() => importRows())
   * run.succeed()
   * ```
   */
  start(name: string, options?: RunOptions): Run
  /**
   * As `start()`, but asks the budgets of runs first.
   *
   * @throws {BudgetExceededError} where there is no room for it
   */
  admit(name: string, options?: RunOptions): Promise<Run>
} = {
  start: (name, options = {}) => new OpenRun(name, options),
  admit: async (name, options = {}) => new OpenRun(name, options, await admitted(options)),
}

async function admitted(options: RunOptions): Promise<RunLimits | undefined> {
  const run = runAttributes(options)
  return run && admitRun(run.meter, run.attributes)
}
